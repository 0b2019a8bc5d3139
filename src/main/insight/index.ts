/** Figures of predictions against labels: pure functions of arrays, no disk, no clock, every random draw seeded. */
export { acc, auc, binaryAuc, majorityRate } from './official';
export { agreementOf, balancedAccuracy, brier, confusionOf, kappa, logLoss, meanAbsoluteError } from './agreement';
export { calibrationError, reliability } from './calibration';
export { aucEstimate, pairedAuc } from './aucInterval';
export { bootstrap } from './bootstrap';
export { delong } from './delong';
export { wilson } from './wilson';
export { figuresOf } from './figures';
export { suspects } from './suspects';
export type { FiguresInput, Grouped, PairedDifference, Probabilities, Scored, SuspectsInput } from './types';
