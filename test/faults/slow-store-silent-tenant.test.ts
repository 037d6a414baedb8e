import { slowStoreSilentTenantFaults } from './fault-list.ts';
import { testFaults } from './matrix.ts';

testFaults(slowStoreSilentTenantFaults);
