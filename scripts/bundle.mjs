import { readFile } from 'node:fs/promises'
import { basename, dirname, posix } from 'node:path'
import { build } from 'esbuild'

/** How all that ships is written. */
export const target = { platform: 'node', target: 'node20.19', minifySyntax: true, minifyWhitespace: true }

/** What libraries load but certctl never uses; each costs start-up time, one of them a whole TypeScript compiler. */
const unused = new Set([
  // oclif: commands in TypeScript, plugins, WSL, spinners, theme files, version checks.
  ...['typescript', 'ts-node', 'tsx', 'get-package-type', 'tinyglobby', 'minimatch', 'lilconfig'],
  ...['semver', 'wsl-utils'],
  // conf: validation by JSON schema.
  ...['ajv', 'ajv/dist/2020.js', 'ajv-formats'],
  // pino: transports in threads of their own.
  ...['thread-stream'],
  // node-fetch: forms in replies.
  ...['./utils/multipart-parser.js'],
])

/** What node-fetch's Blob puts in place on a Node without web streams. Looking whether they are there loads them. */
const polyfills = /\/fetch-blob\/streams\.cjs$/

/** What node-fetch gives on to its users and doesn't use; loading it loads `fs/promises`. */
const pure = /^fetch-blob\/from\.js$/

/** zod gives on, with all else, what makes JSON schemas: two fifths of its bytes, for one flag of one command. */
const zodEntries = /\/zod\/v4\/(?:core\/index|mini\/external)\.js$/
const jsonSchema = /^export .* from "[^"]*json-schema[^"]*";$/gm

/** The parts of a library that are used, where its own entry loads all of it. An import of another part fails the build. */
const narrowed = {
  'prom-client': ['Counter', 'Gauge', 'Histogram', 'Registry']
    .map((name) => `export { default as ${name} } from 'prom-client/lib/${name.toLowerCase()}.js'`)
    .join('\n'),
  // A document is checked once or twice in a run; making code for it first, as zod does by itself, takes longer.
  'zod/mini': `export * from 'zod/mini'\nimport { config } from 'zod/mini'\nconfig({ jitless: true })`,
  // What zodEntries go without.
  'zod/v4/core': `export { toJSONSchema } from './zod/v4/core/json-schema-processors.js'`,
  '@oclif/core': `export * as Args from '@oclif/core/args'\nexport * as Flags from '@oclif/core/flags'`,
}

/** oclif asks for all that it might need at the top of each module; here a module gets it when it first uses it. */
const eager = /\/@oclif\/core\/lib\/.*\.js$/
const topLevelRequire = /^(?:const|var) (\w+) = (__importDefault\(|__importStar\()?require\("([^"]+)"\)(\)?);$/gm

/** Of that, what only help, colour and failures need: a part of its own. */
const seldom = [
  ...[
    'ansi-escapes',
    'ansis',
    'clean-stack',
    'ejs',
    'indent-string',
    'string-width',
    'widest-line',
    'wordwrap',
    'wrap-ansi',
  ],
  ...[
    './errors/handle',
    './errors/errors/cli',
    './errors/errors/pretty-print',
    './parser/errors',
    './help/command',
    './help/docopts',
    './help/index',
    './help/root',
  ],
  ...[
    './config/plugin',
    './config/ts-path',
    './module-loader',
    './util/cache-command',
    './util/find-root',
    './util/read-tsconfig',
    './ux',
    './ux/theme',
    './ux/action/spinner',
  ],
]
const seldomModule = `module.exports = { ${[...seldom, 'debug'].map((name) => `get ${JSON.stringify(name)}() { return require(${JSON.stringify(name)}) }`).join(',')} }`

function whenUsed(source, path) {
  const folder = dirname(path)
    .replaceAll('\\', '/')
    .replace(/.*\/@oclif\/core\/lib(?:\/|$)/, '')
  const narrow = folder === '' ? withoutHelp(source) : source
  return narrow.replace(topLevelRequire, (_, variable, open = '', name, close) => {
    const full = name.startsWith('.') ? `./${posix.join(folder, name)}` : name
    const value = seldom.includes(full)
      ? `require("./seldom.js").default[${JSON.stringify(full)}]`
      : `require(${JSON.stringify(name)})`
    return `const ${variable} = require("lazily")(() => ${open}${value}${close});`
  })
}

/** Two small functions of help are in every run; oclif gets them from the module that is all of help. */
function withoutHelp(source) {
  if (!source.includes('require("./help")')) return source
  const narrow = replaced(source, 'require("./help")', 'require("./help/util")')
  return replaced(narrow, 'help_1.loadHelpClass', 'require("./seldom.js").default["./help/index"].loadHelpClass')
}

/** A library that was written anew shows here, not in a start that takes longer. */
function replaced(source, text, by) {
  const made = source.replaceAll(text, by)
  if (made === source) throw new Error(`nothing to replace: no library has ${text} where it was`)
  return made
}

/** oclif traces by it. It looks at the terminal when it is loaded, so it is loaded only when somebody wants traces. */
const tracing = `
const silent = Object.assign(() => {}, { enabled: false })
const silence = Object.assign(() => silent, { enable() {}, disable: () => '', enabled: () => false, formatters: {} })
module.exports = process.env.DEBUG ? require('./seldom.js').default.debug : silence
`

/** oclif times its own steps for whoever asks it to; nobody does here. */
const timing = `
exports.OCLIF_MARKER_OWNER = '@oclif/core'
exports.Performance = class { static mark() {} static async collect() {} static debug() {} }
`

/** What conf tidies up with at the end. It catches every signal and sends it again, which certctl takes for a second one. */
const atExit = `module.exports = () => () => {}`

const lazily = `module.exports = (load) => { let loaded; return new Proxy({}, { get: (_, key) => (loaded ??= load())[key] }) }`

const leaner = {
  name: 'leaner-libraries',
  setup({ onResolve, onLoad, onEnd, resolve }) {
    const unmet = new Set()
    const onMeeting = (filter, load) => {
      unmet.add(filter)
      onLoad({ filter }, (found) => {
        unmet.delete(filter)
        return load(found)
      })
    }
    onEnd(() => ({ errors: [...unmet].map((filter) => ({ text: `no library has a module ${filter} any more` })) }))
    onResolve({ filter: /.*/ }, ({ path }) => (unused.has(path) ? { path, namespace: 'unused' } : undefined))
    onResolve({ filter: /^[^./]/ }, ({ path, importer, namespace }) => {
      if (path in narrowed && namespace !== 'narrowed' && !importer.includes('node_modules'))
        return { path, namespace: 'narrowed' }
      if (path === 'debug' && importer.includes('@oclif')) return { path, namespace: 'tracing' }
      if (path === 'when-exit') return { path, namespace: 'at-exit' }
      return path === 'lazily' ? { path, namespace: path } : undefined
    })
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {}' }))
    onLoad({ filter: /.*/, namespace: 'narrowed' }, ({ path }) => ({
      contents: narrowed[path],
      resolveDir: 'node_modules',
    }))
    onLoad({ filter: /.*/, namespace: 'tracing' }, () => ({ contents: tracing, resolveDir: 'node_modules' }))
    onLoad({ filter: /.*/, namespace: 'at-exit' }, () => ({ contents: atExit }))
    onLoad({ filter: /.*/, namespace: 'lazily' }, () => ({ contents: lazily }))
    onMeeting(zodEntries, async ({ path }) => ({ contents: replaced(await readFile(path, 'utf8'), jsonSchema, '') }))
    onMeeting(polyfills, () => ({ contents: '' }))
    onMeeting(/\/@oclif\/core\/package\.json$/, async ({ path }) => {
      const { name, version } = JSON.parse(await readFile(path, 'utf8'))
      return { contents: JSON.stringify({ name, version }), loader: 'json' }
    })
    onMeeting(/\/@oclif\/core\/lib\/performance\.js$/, () => ({ contents: timing }))
    onResolve({ filter: pure }, async ({ path, pluginData, ...asked }) => {
      if (pluginData === pure) return undefined
      return { ...(await resolve(path, { ...asked, pluginData: pure })), sideEffects: false }
    })
    onMeeting(eager, async ({ path }) => ({ contents: whenUsed(await readFile(path, 'utf8'), path) }))
    onResolve({ filter: /^\.\/seldom\.js$/ }, ({ path }) => ({ path, external: true }))
    onResolve({ filter: /^seldom$/ }, ({ path }) => ({ path, namespace: path }))
    onLoad({ filter: /.*/, namespace: 'seldom' }, () => ({
      contents: seldomModule,
      resolveDir: 'node_modules/@oclif/core/lib',
    }))
  },
}

/**
 * Bundles the program in parts, of which a run loads those it needs: { parts, metafile }, a part being { name, code,
 * imports, entry }. Its code is an ES module that imports other parts by name; `entry` is the source that it begins with,
 * if something loads it by itself.
 */
export async function bundle(root) {
  const { outputFiles, metafile } = await build({
    ...target,
    absWorkingDir: root,
    entryPoints: { main: 'src/main.ts', seldom: 'seldom' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    mainFields: ['module', 'main'],
    format: 'esm',
    write: false,
    metafile: true,
    legalComments: 'none',
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    logLevel: 'warning',
    plugins: [leaner],
  })
  return { parts: outputFiles.map((file) => toPart(file, metafile)), metafile }
}

function toPart({ path, text }, { outputs }) {
  const name = basename(path)
  const { imports, entryPoint } = outputs[`dist/${name}`]
  const inside = imports.filter(({ external }) => !external)
  return {
    name: `./${name}`,
    code: text,
    entry: entryPoint,
    imports: inside.map((one) => ({ name: `./${basename(one.path)}`, isLazy: one.kind === 'dynamic-import' })),
  }
}
