/** Where voxels lie in the patient, and how planes are cut through them: pure functions of LPS millimetres. */
export * from './grid';
export * from './letters';
export * from './planes';
export * from './vectors';
