import type { FuseV1Config } from '@electron/fuses';

export const PRODUCT: FuseV1Config;
export const CHECKOUT: FuseV1Config;
