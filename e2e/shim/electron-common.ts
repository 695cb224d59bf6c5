/** Stands in for `electron/common`. */
export { nativeImage, shell } from './system.ts';
