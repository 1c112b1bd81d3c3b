/** A file's content, and what it takes of its volume when that is more (as a preallocated file does). */
export interface FileNode {
  readonly content: Buffer;
  /** Milliseconds since the epoch. */
  readonly mtime: number;
  /** Bytes on disk. */
  readonly allocated: number;
}

const BLOCK = 4096;

/** A disk: files by path within it, and a capacity in bytes, which may grow. */
export class Volume {
  readonly files = new Map<string, FileNode>();
  readonly directories = new Set<string>(['']);
  readonly source: string;
  capacity: () => number;
  /** Bytes in use that are no file one can see, such as a database's own. */
  hidden = 0;

  constructor(source: string, capacity: () => number) {
    this.source = source;
    this.capacity = capacity;
  }

  get used(): number {
    let sum = this.hidden;
    for (const file of this.files.values()) sum += file.allocated;
    return sum;
  }

  get free(): number {
    return Math.max(0, this.capacity() - this.used);
  }

  /** Writes a file without looking at room or rights. `allocated`: bytes on disk, by default the content in blocks of 4 KiB. */
  put(path: string, content: string | Buffer, mtime: number, allocated?: number): void {
    const bytes = Buffer.from(content);
    this.files.set(path, { content: bytes, mtime, allocated: allocated ?? Math.ceil(bytes.length / BLOCK) * BLOCK });
    this.mkdir(parent(path));
  }

  mkdir(path: string): void {
    for (let here = path; here !== ''; here = parent(here)) this.directories.add(here);
  }
}

function parent(path: string): string {
  const at = path.lastIndexOf('/');
  return at < 0 ? '' : path.slice(0, at);
}

export interface Mount {
  /** Absolute, without a trailing slash; empty for the root. */
  readonly path: string;
  readonly volume: Volume;
  readonly readOnly: boolean;
}

export type FileError = 'ENOENT' | 'EROFS' | 'ENOSPC' | 'EISDIR' | 'ENOTDIR' | 'ENOTEMPTY';

/** What went wrong with a file, as the C library says it. */
export class FileProblem extends Error {
  readonly code: FileError;

  constructor(code: FileError) {
    super(TEXTS[code]);
    this.name = 'FileProblem';
    this.code = code;
  }
}

const TEXTS: Readonly<Record<FileError, string>> = {
  ENOENT: 'No such file or directory',
  EROFS: 'Read-only file system',
  ENOSPC: 'No space left on device',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
};

export interface Entry {
  readonly path: string;
  readonly directory: boolean;
  readonly size: number;
  readonly allocated: number;
  readonly mtime: number;
}

/** The file tree that one container sees: volumes at their mount points. */
export class Files {
  readonly #mounts: readonly Mount[];
  readonly #now: () => number;

  constructor(mounts: readonly Mount[], now: () => number) {
    this.#mounts = mounts.toSorted((a, b) => b.path.length - a.path.length);
    this.#now = now;
  }

  get mounts(): readonly Mount[] {
    return this.#mounts;
  }

  mountOf(path: string): Mount {
    const found = this.#mounts.find((mount) => path === mount.path || path.startsWith(`${mount.path}/`));
    if (found === undefined) throw new FileProblem('ENOENT');
    return found;
  }

  /** A file's content. @throws FileProblem */
  read(path: string): Buffer {
    const { file, directory } = this.#look(path);
    if (directory) throw new FileProblem('EISDIR');
    if (file === undefined) throw new FileProblem('ENOENT');
    return file.content;
  }

  stat(path: string): Entry | undefined {
    const clean = normal(path);
    const { file, directory } = this.#look(clean);
    if (file !== undefined) return { path: clean, directory: false, size: file.content.length, allocated: file.allocated, mtime: file.mtime };
    return directory ? { path: clean, directory: true, size: BLOCK, allocated: BLOCK, mtime: this.#now() } : undefined;
  }

  /** What lies directly in a directory, by name. @throws FileProblem */
  children(path: string): Entry[] {
    const clean = normal(path);
    const { mount, inner, directory } = this.#look(clean);
    if (!directory) throw new FileProblem(this.stat(clean) === undefined ? 'ENOENT' : 'ENOTDIR');
    const prefix = inner === '' ? '' : `${inner}/`;
    const names = new Set<string>();
    for (const each of [...mount.volume.files.keys(), ...mount.volume.directories]) {
      if (each !== '' && each.startsWith(prefix)) names.add(each.slice(prefix.length).split('/')[0] ?? '');
    }
    for (const each of this.#mounts) {
      if (each.path.startsWith(`${clean}/`)) names.add(each.path.slice(clean.length + 1).split('/')[0] ?? '');
    }
    return [...names]
      .filter((name) => name !== '')
      .sort()
      .flatMap((name) => this.stat(`${clean}/${name}`) ?? []);
  }

  /** Every entry below a path and the path itself, parents first. @throws FileProblem */
  walk(path: string): Entry[] {
    const entry = this.stat(path);
    if (entry === undefined) throw new FileProblem('ENOENT');
    return entry.directory ? [entry, ...this.children(path).flatMap((child) => this.walk(child.path))] : [entry];
  }

  /** @throws FileProblem for a read-only place, a full disk, a missing directory */
  write(path: string, content: Buffer, append = false): void {
    const clean = normal(path);
    const { mount, inner, file, directory } = this.#look(clean);
    if (directory) throw new FileProblem('EISDIR');
    if (this.stat(parent(clean))?.directory !== true) throw new FileProblem('ENOENT');
    if (mount.readOnly) throw new FileProblem('EROFS');
    const bytes = append && file !== undefined ? Buffer.concat([file.content, content]) : content;
    const needed = Math.ceil(bytes.length / BLOCK) * BLOCK - (file?.allocated ?? 0);
    if (needed > mount.volume.free) {
      // The name is there, the content is not: what a full disk leaves.
      if (file === undefined) mount.volume.put(inner, '', this.#now(), 0);
      throw new FileProblem('ENOSPC');
    }
    mount.volume.put(inner, bytes, this.#now());
  }

  /** @throws FileProblem */
  remove(path: string): void {
    const { mount, inner, file, directory } = this.#look(normal(path));
    if (directory) throw new FileProblem('EISDIR');
    if (file === undefined) throw new FileProblem('ENOENT');
    if (mount.readOnly) throw new FileProblem('EROFS');
    mount.volume.files.delete(inner);
  }

  /** @throws FileProblem */
  removeDirectory(path: string): void {
    const { mount, inner, directory } = this.#look(normal(path));
    if (!directory) throw new FileProblem('ENOTDIR');
    if (mount.readOnly) throw new FileProblem('EROFS');
    if (this.children(path).length > 0) throw new FileProblem('ENOTEMPTY');
    mount.volume.directories.delete(inner);
  }

  /** @throws FileProblem */
  mkdir(path: string): void {
    const { mount, inner } = this.#look(normal(path));
    if (mount.readOnly) throw new FileProblem('EROFS');
    mount.volume.mkdir(inner);
  }

  #look(path: string): { mount: Mount; inner: string; file: FileNode | undefined; directory: boolean } {
    const clean = normal(path);
    const mount = this.mountOf(clean);
    const inner = clean.slice(mount.path.length + 1);
    const above = this.#mounts.some((each) => each.path.startsWith(`${clean}/`));
    return { mount, inner, file: mount.volume.files.get(inner), directory: mount.volume.directories.has(inner) || above };
  }
}

/** An absolute path without `.`, `..`, doubled or trailing slashes. The root is empty. */
export function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts.length === 0 ? '' : `/${parts.join('/')}`;
}
