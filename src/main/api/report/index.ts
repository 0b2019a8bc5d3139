import type { ReportLanguage } from '@main/insight/report';
import type { Services } from '../services';
import { gatherFacts } from './gather';
import { freeFolder, writeReport } from './write';

/**
 * Writes the methods report of the open project: text and figures.
 * @param asked.dir null: a new folder below the project's `exports/`
 * @throws UserError as `writeReport`, and `run-missing`
 */
export async function exportReport(
  services: Services,
  asked: { dir: string | null; run: string | null; language: ReportLanguage },
): Promise<{ folder: string; files: string[] }> {
  const session = services.session();
  const now = new Date();
  const date = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((n) => String(n).padStart(2, '0')).join('-');
  const facts = await gatherFacts(session, asked.run, {
    residua: services.info().version,
    node: process.versions.node,
  });
  const files = await session.statistics.run('report', { facts, language: asked.language, date });
  const folder = asked.dir ?? freeFolder(session.project.exportsDir, `report-${date}`);
  const written = await writeReport(folder, files);
  services.exported.add(folder);
  return { folder, files: written };
}
