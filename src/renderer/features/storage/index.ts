export { default as StorageSettings } from './StorageSettings.vue';
export { default as GiveDialog } from './GiveDialog.vue';
export { default as LocateDialog } from './LocateDialog.vue';
export { default as RemoteDialog } from './RemoteDialog.vue';
export { giving, locating, remote } from './dialogs';
