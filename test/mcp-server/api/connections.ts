export { default } from '../../../api/connections.ts';
