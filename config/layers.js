import { dirname, relative, resolve, sep } from 'node:path';

/**
 * Which folder of `src` may import which (docs/architecture.md). The folder says where code may run:
 * a rule that is missing here is a folder that nobody has thought about, and is reported as such.
 */
const ALLOWED = {
  shared: ['shared'],
  renderer: ['renderer', 'shared'],
  'main/model': ['main/model'],
  'main/formats': ['main/formats', 'shared'],
  'main/insight': ['main/insight', 'shared'],
  'main/engine': ['main/engine', 'main/model', 'main/formats', 'shared'],
  'main/project': ['main/project', 'main/formats', 'shared'],
  'main/training': [
    'main/training',
    'main/engine',
    'main/model',
    'main/formats',
    'main/insight',
    'main/project',
    'shared',
  ],
  'main/compute': [
    'main/compute',
    'main/training',
    'main/engine',
    'main/insight',
    'main/project',
    'main/formats',
    'shared',
  ],
  'main/api': [
    'main/api',
    'main/compute',
    'main/training',
    'main/engine',
    'main/insight',
    'main/project',
    'main/formats',
    'shared',
  ],
  'main/web': ['main/web', 'main/api', 'shared'],
  'main/electron': ['main/electron', 'main/api', 'main/web', 'main/compute', 'shared'],
  'main/cli': ['main', 'shared'],
};

/** Packages that only some folders may import; the first folder prefix that matches an importer decides. */
const PACKAGES = {
  electron: ['main/electron'],
  '@tensorflow/tfjs-core': ['main/model', 'main/engine', 'main/training'],
  libsql: ['main/project'],
  'onnxruntime-node': ['main/engine'],
  vue: ['renderer'],
  '@kitware/vtk.js': ['renderer/vtk'],
};

const folderOf = (path) => {
  const parts = path.split(sep);
  return parts[0] === 'main' ? parts.slice(0, 2).join('/') : parts[0];
};
const within = (folder, allowed) => allowed.some((a) => folder === a || folder.startsWith(`${a}/`));

/** @type {import('eslint').Rule.RuleModule} */
export const layers = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const src = resolve(context.cwd, 'src');
    const own = relative(src, context.filename);
    if (own.startsWith('..')) return {};
    const from = folderOf(own);
    const check = (node) => {
      const spec = node.source?.value;
      if (typeof spec !== 'string') return;
      const local = spec.startsWith('.')
        ? relative(src, resolve(dirname(context.filename), spec))
        : /^@(shared|main|renderer)\//.exec(spec) && spec.slice(1).split('/').join(sep);
      if (local) {
        if (local.startsWith('..')) return;
        const to = folderOf(local);
        const allowed = ALLOWED[from];
        if (!allowed) context.report({ node, message: `config/layers.js does not say what ${from} may import` });
        else if (!within(to, allowed)) context.report({ node, message: `${from} may not import ${to}` });
        return;
      }
      const name = spec
        .split('/')
        .slice(0, spec.startsWith('@') ? 2 : 1)
        .join('/');
      const places = PACKAGES[name];
      if (places && !within(dirname(own).split(sep).join('/'), places))
        context.report({ node, message: `${from} may not import ${name}` });
      if (from === 'main/model' && name !== '@tensorflow/tfjs-core')
        context.report({ node, message: 'main/model imports nothing but tfjs-core' });
      if ((from === 'shared' || from === 'renderer') && name.startsWith('node:'))
        context.report({ node, message: `${from} runs in a browser: no ${name}` });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};
