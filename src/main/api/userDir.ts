/** Where this person's settings lie; apart from the services, which an app that has no window yet should not wait for. */
export { defaultUserDataDir as userDataDir } from '@main/project/userData';
