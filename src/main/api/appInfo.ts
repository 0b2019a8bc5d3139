import { readFileSync, statSync } from 'node:fs';
import { homedir, platform, release } from 'node:os';
import { dirname, join } from 'node:path';
import { resourcePath } from '@main/project';
import type { UserData } from '@main/project/userData';
import { BUNDLED_SAMPLES } from '@shared/domain';
import type { AppInfo, BundledSample } from '@shared/domain';

const SAMPLES: Record<BundledSample['id'], string> = {
  breastmnist: 'BreastMNIST',
  adrenalmnist3d: 'AdrenalMNIST3D',
};

let version: string | undefined;

function appVersion(): string {
  version ??= (JSON.parse(readFileSync(join(dirname(resourcePath()), 'package.json'), 'utf8')) as { version: string })
    .version;
  return version;
}

/** What the start page and the About page say. */
export function appInfo(shell: AppInfo['shell'], user: UserData): AppInfo {
  return {
    version: appVersion(),
    shell,
    platform: `${platform()} ${release()}`,
    settings: user.settings(),
    recent: user.recent(),
    samples: BUNDLED_SAMPLES.map((id) => ({
      id,
      name: SAMPLES[id],
      bytes: statSync(resourcePath('samples', `${id}.npz`)).size,
    })),
    projectsDir: process.env.RESIDUA_PROJECTS ?? join(homedir(), 'Residua'),
    engine: 'onnx',
  };
}
