import { existsSync, readFileSync, realpathSync, statfsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, posix, resolve, win32 } from 'node:path';
import type { DiskPlace } from '@shared/domain';

/** What the question depends on, so that it can be asked about other machines too. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  /** Text of the table of mounts; null where the system has none. */
  readonly mounts: string | null;
  /** Type of the file system by its number; null where it is not known. */
  fileSystem(path: string): number | null;
  exists(path: string): boolean;
}

const LOCAL: DiskPlace = { kind: 'local', name: null };
const NETWORK_TYPES = new Set([
  ...['nfs', 'nfs4', 'cifs', 'smb', 'smb2', 'smb3', 'smbfs', 'ncpfs', 'afs', 'coda', 'ceph', 'glusterfs', 'lustre'],
  ...['9p', 'virtiofs', 'davfs', 'webdav', 'afpfs', 'beegfs', 'gpfs', 'orangefs', 'pvfs2', 'panfs', 'vboxsf', 'fuse'],
]);
/** File systems in user space that lie on a disk of this machine. */
const LOCAL_FUSE = new Set([
  'fuse.mergerfs',
  'fuse.ntfs',
  'fuse.ntfs-3g',
  'fuse.exfat',
  'fuse.gocryptfs',
  'fuse.cryfs',
]);
/** Numbers that Linux gives network file systems (statfs(2)). */
const NETWORK_NUMBERS: Record<number, string> = {
  0x6969: 'nfs',
  0xff534d42: 'cifs',
  0xfe534d42: 'smb2',
  0x517b: 'smb',
  0x01021997: '9p',
  0x5346414f: 'afs',
  0x00c36400: 'ceph',
  0x0bd00bd0: 'lustre',
  0x564c: 'ncpfs',
};

/** What clients of cloud storage leave in the folder that they keep in step. */
const CLOUD_MARKS: readonly [mark: string, name: string][] = [
  ['.dropbox', 'Dropbox'],
  ['.dropbox.cache', 'Dropbox'],
  ['.stfolder', 'Syncthing'],
  ['.owncloudsync.log', 'ownCloud'],
  ['.nextcloudsync.log', 'Nextcloud'],
  ['.sync_journal.db', 'Nextcloud'],
  ['.tmp.driveupload', 'Google Drive'],
  ['.SeaDrive', 'Seafile'],
];
/** Names that the clients give their folders. */
const CLOUD_NAMES: readonly [pattern: RegExp, name: string][] = [
  [/^OneDrive( - .+|-.+)?$/i, 'OneDrive'],
  [/^Dropbox( \(.+\))?$/i, 'Dropbox'],
  [/^iCloud ?Drive$/i, 'iCloud Drive'],
  [/^com~apple~CloudDocs$/i, 'iCloud Drive'],
  [/^Google ?Drive(-.+)?$/i, 'Google Drive'],
  [/^Nextcloud$/i, 'Nextcloud'],
  [/^ownCloud$/i, 'ownCloud'],
  [/^Box Sync$|^Box-Box$/i, 'Box'],
  [/^坚果云$|^Nutstore( Files)?$/i, 'Nutstore'],
];

/** The machine that this runs on. `RESIDUA_MOUNTS` names another table of mounts (what an administrator knows better). */
export function thisMachine(): Machine {
  return {
    platform: process.platform,
    env: process.env,
    home: homedir(),
    mounts: readMounts(process.env.RESIDUA_MOUNTS ?? '/proc/self/mounts'),
    fileSystem(path) {
      try {
        return process.platform === 'linux' ? statfsSync(path).type >>> 0 : null;
      } catch {
        return null;
      }
    },
    exists: existsSync,
  };
}

function readMounts(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/**
 * What kind of disk a path lies on, also of one that is yet to be made. A database's write-ahead log needs memory that is
 * shared by all who have it open, which no network has; and a cloud's client copies files half-written.
 */
export function placeOf(path: string, machine: Machine = thisMachine()): DiskPlace {
  const real = realPlace(path, machine);
  return (
    cloudOf(real, machine) ??
    (machine.platform === 'win32' ? shareOf(real) : machine.platform === 'linux' ? mountOf(real, machine) : null) ??
    LOCAL
  );
}

/** The place behind links and mapped drives, of the nearest folder that is there. */
function realPlace(path: string, machine: Machine): string {
  if (machine.platform !== process.platform) return path;
  const whole = resolve(path);
  for (let at = whole; ; at = dirname(at)) {
    try {
      return join(realpathSync.native(at), whole.slice(at.length));
    } catch {
      if (dirname(at) === at) return whole;
    }
  }
}

function cloudOf(path: string, machine: Machine): DiskPlace | null {
  const p = machine.platform === 'win32' ? win32 : posix;
  const cloud = (name: string): DiskPlace => ({ kind: 'cloud', name });
  const inside = (folder: string | undefined): boolean => {
    if (!folder) return false;
    const [a, b] = machine.platform === 'win32' ? [folder.toLowerCase(), path.toLowerCase()] : [folder, path];
    return b === a || b.startsWith(a.endsWith(p.sep) ? a : a + p.sep);
  };
  for (const name of ['OneDrive', 'OneDriveCommercial', 'OneDriveConsumer'])
    if (inside(machine.env[name])) return cloud('OneDrive');
  if (machine.platform === 'darwin' && inside(p.join(machine.home, 'Library', 'Mobile Documents')))
    return cloud('iCloud Drive');
  // Any client of Apple's own interface for clouds lies here.
  const storage = p.join(machine.home, 'Library', 'CloudStorage');
  if (machine.platform === 'darwin' && inside(storage))
    return cloud(byName(path.slice(storage.length), p.sep) ?? 'cloud');
  const named = byName(path, p.sep);
  if (named) return cloud(named);
  for (let at = path; p.dirname(at) !== at && at !== machine.home; at = p.dirname(at))
    for (const [mark, name] of CLOUD_MARKS) if (machine.exists(p.join(at, mark))) return cloud(name);
  return null;
}

function byName(path: string, separator: string): string | null {
  for (const part of path.split(separator))
    for (const [pattern, name] of CLOUD_NAMES) if (pattern.test(part)) return name;
  return null;
}

/** `\\server\share`; mapped drives were resolved to it before. */
function shareOf(path: string): DiskPlace | null {
  return /^\\\\(?![.?]\\)[^\\]+\\/.test(path) || /^\\\\\?\\UNC\\/i.test(path) ? { kind: 'network', name: 'SMB' } : null;
}

function mountOf(path: string, machine: Machine): DiskPlace | null {
  const type = machine.mounts === null ? null : mountType(path, machine.mounts);
  const network = (name: string): DiskPlace => ({ kind: 'network', name });
  if (type !== null) {
    if (NETWORK_TYPES.has(type)) return network(type);
    if (type.startsWith('fuse.') && !LOCAL_FUSE.has(type)) return network(type.slice('fuse.'.length));
    return null;
  }
  const number = machine.fileSystem(nearest(path, machine));
  return number !== null && NETWORK_NUMBERS[number] ? network(NETWORK_NUMBERS[number]) : null;
}

/** Type of the mount that holds a path: the deepest, of equal ones the last. */
function mountType(path: string, table: string): string | null {
  let best: { point: string; type: string } | null = null;
  for (const line of table.split('\n')) {
    const [, point, type] = line.split(' ');
    if (point === undefined || type === undefined) continue;
    // Spaces and the like are written in octal.
    const folder = point.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)));
    const inside = path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
    if (inside && (!best || folder.length >= best.point.length)) best = { point: folder, type };
  }
  return best?.type ?? null;
}

function nearest(path: string, machine: Machine): string {
  let at = path;
  while (!machine.exists(at) && dirname(at) !== at) at = dirname(at);
  return at;
}
