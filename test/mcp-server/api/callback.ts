export { default } from '../../../api/callback.ts';
