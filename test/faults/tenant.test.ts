import { tenantFaults } from './fault-list.ts';
import { testFaults } from './matrix.ts';

testFaults(tenantFaults);
