import { aucEstimate, figuresOf, type FiguresInput, type Grouped } from '@main/insight';
import { reportFiles, type ReportFacts, type ReportLanguage } from '@main/insight/report';

/** What takes too long for the thread that answers labels: thousands of resamples, drawings. */
export const jobs = {
  figures: (input: FiguresInput) => figuresOf(input),
  auc: (input: Grouped) => aucEstimate(input),
  report: ({ facts, language, date }: { facts: ReportFacts; language: ReportLanguage; date: string }) =>
    reportFiles(facts, language, date),
};
export type Jobs = typeof jobs;
export type JobName = keyof Jobs;

export interface Request {
  readonly id: number;
  readonly job: JobName;
  readonly input: unknown;
}
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string; readonly result?: undefined };
