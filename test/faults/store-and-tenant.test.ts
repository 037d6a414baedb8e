import { combinedFaults } from './fault-list.ts';
import { testFaults } from './matrix.ts';

testFaults(combinedFaults);
