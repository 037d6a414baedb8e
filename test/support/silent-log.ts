import { baseEnvironment } from './config.ts';

// The log reads its level from the process's environment, once. Many tests fail on purpose: their lines are noise.
Object.assign(process.env, baseEnvironment, { LOG_LEVEL: 'silent' });

// In a terminal with colors, commands that run in this process would print them.
delete process.env.FORCE_COLOR;
