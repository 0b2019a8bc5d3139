/** Figures of predictions against labels: pure functions of arrays, no disk, no clock, every random draw seeded. */
export { acc, auc, binaryAuc } from './official';
export { agreementOf, brier, confusionOf, logLoss } from './agreement';
export { accEstimate } from './accInterval';
export { aucEstimate, pairedAuc } from './aucInterval';
export { boosterResultOf } from './booster';
export { bootstrap } from './bootstrap';
export { delong } from './delong';
export { wilson } from './wilson';
export { figuresOf } from './figures';
export { youdenThreshold } from './operating';
export { readingAgreement } from './readings';
export { suspects } from './suspects';
export type { FiguresInput, Grouped, Scored } from './types';
