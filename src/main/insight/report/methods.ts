import type { ReportFacts } from './facts';
import type { Words } from './en';
import { labels, rereads } from './sections/labels';
import { plain } from './sections/markdown';
import { model, versions } from './sections/model';
import { performance } from './sections/performance';
import { runs, scoring } from './sections/runs';
import { data, flow, splits } from './sections/samples';

/** The report as Markdown. The line with the date is the only one that differs between two reports of an equal project. */
export function methodsText(
  facts: ReportFacts,
  words: Words,
  date: string,
  files: readonly { path: string; what: string }[],
): string {
  const sections: [string, (string | null)[]][] = [
    [words.sections.data, data(facts, words)],
    [words.sections.flow, flow(facts, words)],
    [words.sections.splits, splits(facts, words)],
    [words.sections.labels, labels(facts, words)],
    [words.sections.reread, rereads(facts, words)],
    [words.sections.model, model(facts, words)],
    [words.sections.figures, performance(facts, words)],
    [words.sections.scoring, scoring(facts, words)],
    [words.sections.runs, facts.runs.length > 0 ? [runs(facts, words)] : []],
    [words.sections.versions, [versions(facts, words)]],
    [words.sections.files, [files.map(({ path, what }) => `- \`${path}\`: ${what}`).join('\n')]],
  ];
  return [
    `# ${words.title(plain(facts.project.name))}`,
    words.date(date),
    `**${words.research}** ${words.about}`,
    ...sections.flatMap(([title, parts]) => {
      const said = parts.filter((part) => part !== null);
      return said.length > 0 ? [`## ${title}`, ...said] : [];
    }),
    '',
  ].join('\n\n');
}
