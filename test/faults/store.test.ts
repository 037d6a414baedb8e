import { storeFaults } from './fault-list.ts';
import { testFaults } from './matrix.ts';

testFaults(storeFaults);
