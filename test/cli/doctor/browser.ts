#!/usr/bin/env node
/** Replaces the browser that the doctor opens (`BROWSER`): signs the demo user in and follows the redirect. */
import { signIn } from '../../support/browser-user.ts';

const [, , url = ''] = process.argv;
await fetch(await signIn(url));
