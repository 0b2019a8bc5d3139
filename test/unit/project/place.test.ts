import { symlinkSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { placeOf, type Machine } from '@main/project/disk/place';
import { levelOf } from '@main/project/disk/space';

const MOUNTS = `proc /proc proc rw 0 0
/dev/sda1 / ext4 rw 0 0
server:/home /home/ana nfs4 rw,relatime 0 0
/dev/sdb1 /home/ana/scratch ext4 rw 0 0
//fs/group /mnt/group\\040share cifs rw 0 0
host /mnt/host 9p rw 0 0
remote: /mnt/drive fuse.rclone rw 0 0
/dev/sdc1 /mnt/stick fuseblk rw 0 0
pool /mnt/pool fuse.mergerfs rw 0 0
tmpfs /tmp tmpfs rw 0 0
`;
const machine = (platform: NodeJS.Platform, more: Partial<Machine> = {}): Machine => ({
  platform,
  env: {},
  home: platform === 'win32' ? 'C:\\Users\\ana' : platform === 'darwin' ? '/Users/ana' : '/home/ana',
  mounts: platform === 'linux' ? MOUNTS : null,
  fileSystem: () => null,
  exists: () => false,
  ...more,
});

describe('the kind of disk', () => {
  it.each([
    ['/srv/data/p.residua', 'local', null],
    ['/home/ana/p.residua', 'network', 'nfs4'],
    ['/home/ana', 'network', 'nfs4'],
    ['/home/anabel/p.residua', 'local', null],
    ['/home/ana/scratch/p.residua', 'local', null],
    ['/mnt/group share/p.residua', 'network', 'cifs'],
    ['/mnt/host/p', 'network', '9p'],
    ['/mnt/drive/p', 'network', 'rclone'],
    ['/mnt/stick/p', 'local', null],
    ['/mnt/pool/p', 'local', null],
    ['/tmp/p', 'local', null],
    ['/srv/Dropbox/p', 'cloud', 'Dropbox'],
  ])('of %s on Linux is %s', (path, kind, name) => {
    // The real path of this machine must not decide: these are others' folders.
    expect(placeOf(path, machine('linux'))).toEqual({ kind, name });
  });

  it.each([
    ['C:\\Data\\p.residua', 'local', null],
    ['\\\\server\\share\\p.residua', 'network', 'SMB'],
    ['\\\\?\\UNC\\server\\share\\p', 'network', 'SMB'],
    ['C:\\Users\\ana\\OneDrive - Klinikum\\p', 'cloud', 'OneDrive'],
    ['D:\\Cloud\\sub\\p', 'cloud', 'OneDrive'],
    ['C:\\Users\\ana\\Dropbox (Lab)\\p', 'cloud', 'Dropbox'],
    ['C:\\Users\\ana\\Google Drive\\p', 'cloud', 'Google Drive'],
  ])('of %s on Windows is %s', (path, kind, name) => {
    expect(placeOf(path, machine('win32', { env: { OneDriveCommercial: 'd:\\cloud' } }))).toEqual({ kind, name });
  });

  it.each([
    ['/Users/ana/Residua/p', 'local', null],
    ['/Users/ana/Library/Mobile Documents/com~apple~CloudDocs/p', 'cloud', 'iCloud Drive'],
    ['/Users/ana/Library/CloudStorage/OneDrive-Klinikum/p', 'cloud', 'OneDrive'],
    ['/Users/ana/Library/CloudStorage/GoogleDrive-a@b.c/p', 'cloud', 'Google Drive'],
    ['/Users/ana/Library/CloudStorage/Other/p', 'cloud', 'cloud'],
  ])('of %s on macOS is %s', (path, kind, name) => {
    expect(placeOf(path, machine('darwin'))).toEqual({ kind, name });
  });

  it('is told by what a client leaves in its folder, and by the number of the file system where there is no table', () => {
    const marked = machine('linux', { exists: (path) => path === '/srv/share/.stfolder' });
    expect(placeOf('/srv/share/deep/p', marked)).toEqual({ kind: 'cloud', name: 'Syncthing' });
    const bare = machine('linux', { mounts: null, fileSystem: () => 0x6969 });
    expect(placeOf('/srv/p', bare)).toEqual({ kind: 'network', name: 'nfs' });
  });

  it.skipIf(process.platform === 'win32')('follows links to where the folder really lies', () => {
    const dir = mkdtempSync(join(tmpdir(), 'residua-place-'));
    try {
      symlinkSync('/proc', join(dir, 'link'));
      const mounts = `x / ext4 rw 0 0\ny /proc nfs rw 0 0\n`;
      expect(placeOf(join(dir, 'link', 'p'), machine(process.platform, { mounts, home: '/' })).kind).toBe(
        process.platform === 'linux' ? 'network' : 'local',
      );
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('room on the disk', () => {
  const GB = 2 ** 30;
  it.each([
    [500, 1000, 'enough'],
    [1.9, 1000, 'low'],
    [0.2, 1000, 'full'],
    [1.9, 20, 'enough'],
    [0.4, 20, 'low'],
    [0.1, 1, 'low'],
    [0.01, 1, 'full'],
  ] as const)('%f of %i GB is %s', (free, total, level) => expect(levelOf(free * GB, total * GB)).toBe(level));
});
