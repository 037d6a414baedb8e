import { slowStoreFaults } from './fault-list.ts';
import { testFaults } from './matrix.ts';

testFaults(slowStoreFaults);
