// Builds what ships: CommonJS files split so that a command loads only what it needs, and the assets made from them.
import { createRequire } from 'node:module'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { bundledPackages, licenceTexts } from './bundled-packages.mjs'
import { writeManifest } from './manifest.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const require = createRequire(import.meta.url)
const never = 'certctl-never'

/** What the libraries can load but certctl never uses; each costs start-up time (a whole TypeScript compiler among them). */
const unused = [
  'typescript', 'ts-node', 'tsx', 'wsl-utils', 'tinyglobby', 'minimatch', 'lilconfig', 'cli-spinners', 'semver',
  'ajv', 'ajv/dist/2020.js', 'ajv/dist/2020', 'ajv-formats', 'ejs', 'get-package-type',
]

const plugins = [
  {
    name: 'unused-libraries',
    setup(setup) {
      const exact = new Set(unused.filter((name) => name !== 'ejs'))
      setup.onResolve({ filter: /^[^./]/ }, ({ path }) => (exact.has(path) ? { path, namespace: never } : undefined))
      setup.onLoad({ filter: /.*/, namespace: never }, () => ({
        contents: 'module.exports = new Proxy(function () {}, { get: (t, k) => k === "default" ? t : k === "__esModule" ? true : undefined })',
        loader: 'js',
      }))
    },
  },
]

const split = await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/main.ts' },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  write: false,
  metafile: true,
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
  legalComments: 'none',
  chunkNames: 'chunks/[name]-[hash]',
  outExtension: { '.js': '.cjs' },
  logLevel: 'warning',
  plugins,
})

rmSync(dist, { recursive: true, force: true })
for (const file of split.outputFiles) {
  const { code } = await transform(file.text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    supported: { 'dynamic-import': false },
    minifySyntax: true,
    minifyWhitespace: true,
    sourcefile: relative(root, file.path),
  })
  mkdirSync(dirname(file.path), { recursive: true })
  writeFileSync(file.path, code)
}

const packages = bundledPackages(root, split.metafile)
writeFileSync(join(dist, 'LICENSES.txt'), licenceTexts(packages))
writeFileSync(join(dist, 'packages.json'), `${JSON.stringify(packages.map(({ name, version, licence }) => ({ name, version, licence })), null, 2)}\n`)

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
await writeManifest({ root, dist, version, require })
