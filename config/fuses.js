import { FuseV1Options, FuseVersion } from '@electron/fuses';

/** Switches inside Electron's binary: it is no Node for others, and takes no orders from the environment. */
export const PRODUCT = {
  version: FuseVersion.V1,
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
};

/** In a checkout end-to-end tests attach through the inspector; whoever could misuse that could as well edit the sources. */
export const CHECKOUT = { ...PRODUCT, [FuseV1Options.EnableNodeCliInspectArguments]: true };
