// Packs certctl as it would be published and tries the tarball where nothing else is: an empty project.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const directory = mkdtempSync(join(tmpdir(), 'certctl-package-'))
const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|CERTCTL_|VAULT_|BAO_|NODE_OPTIONS|NODE_PATH)/i.test(name)),
  ),
  CERTCTL_CONFIG_DIR: join(directory, 'config'),
  CERTCTL_STATE_DIR: join(directory, 'state'),
}

/** All that a user needs, and nothing else. */
const wanted = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^bin\/certctl\.cjs$/,
  /^dist\/(chunks\/)?[^/]+\.cjs$/,
  /^dist\/(commands|manifest|sbom)\.json$/,
  /^dist\/(help|version|LICENSES)\.txt$/,
  /^man\/certctl(-[a-z-]+)?\.1$/,
  /^schema\/[\w.-]+\.json$/,
]

try {
  const tarball = pack()
  checkContents(tarball)
  await checkDeclarations(tarball)
  tryInEmptyProject(tarball)
  tryGlobally(tarball)
} catch (error) {
  process.stderr.write(`the packed certctl does not do: ${error.message}\n`)
  process.exitCode = 1
} finally {
  rmSync(directory, { recursive: true, force: true })
}

function pack() {
  run('npm', ['pack', '--pack-destination', directory], root)
  const tarball = readdirSync(directory).find((name) => /^certctl-.*\.tgz$/.test(name))
  expect(tarball !== undefined, 'npm pack made no certctl-*.tgz')
  return join(directory, tarball)
}

function checkContents(tarball) {
  const paths = run('tar', ['-tzf', tarball], directory).trim().split('\n')
  const files = paths.map((path) => path.replace(/^package\//, ''))
  const unneeded = files.filter((file) => !wanted.some((pattern) => pattern.test(file)))
  expect(unneeded.length === 0, `the tarball has what no user needs: ${unneeded.join(' ')}`)
  const pages = readdirSync(join(root, 'man')).map((name) => `man/${name}`)
  const missing = [
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'bin/certctl.cjs',
    'dist/main.cjs',
    'dist/commands.json',
    'dist/manifest.json',
    'dist/LICENSES.txt',
    ...pages,
  ].filter((file) => !files.includes(file))
  expect(missing.length === 0, `the tarball lacks ${missing.join(' ')}`)
  tell(`${files.length} files, ${Math.round(statSync(tarball).size / 1024)} KiB packed`)
}

async function checkDeclarations(tarball) {
  run('tar', ['-xzf', tarball, '-C', directory], directory)
  const pkgDir = join(directory, 'package')
  const pkg = JSON.parse(readFileSync(join(pkgDir, 'package.json'), 'utf8'))
  const { messages } = await publint({ pkgDir, pack: false, strict: true })
  const problems = messages.map((message) => formatMessage(message, pkg))
  expect(problems.length === 0, `publint: ${problems.join('; ')}`)
  tell('publint has nothing to say')
}

function tryInEmptyProject(tarball) {
  const project = join(directory, 'project')
  mkdirSync(project)
  run('npm', ['init', '-y'], project)
  run('npm', ['install', tarball], project)
  const installed = readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'))
  expect(installed.join() === 'certctl', `more than certctl was installed: ${installed.join(' ')}`)
  const version = run('npx', ['certctl', '--version'], project)
  const { version: packed } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(version.startsWith(`certctl/${packed} `), `certctl --version says ${version}`)
  tell(version.trim())
  tell(run('npx', ['certctl', 'issue', 'localhost', '--issuer', 'local'], project).trim())
  expect(existsSync(join(project, 'localhost/fullchain.pem')), 'issue wrote no fullchain.pem')
  tell(run('npx', ['certctl', 'renew', 'localhost'], project).trim())
}

function tryGlobally(tarball) {
  const prefix = join(directory, 'global')
  run('npm', ['install', '--global', '--prefix', prefix, tarball], directory)
  for (const page of readdirSync(join(root, 'man'))) {
    expect(
      existsSync(join(prefix, 'share/man/man1', page)),
      `npm install --global does not install the man page ${page}`,
    )
  }
  tell('a global install has the man pages')
}

/** What the program wrote to stdout; a warning of npm is an error unless it is about the user's own npm settings. */
function run(name, args, cwd) {
  const { status, signal, error, stdout, stderr } = spawnSync(name, args, {
    cwd,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (error) throw error
  expect(status === 0, `${name} ${args.join(' ')} ended with ${signal ?? `status ${status}`}:\n${stdout}${stderr}`)
  const warnings = stderr
    .split('\n')
    .filter((line) => /^npm warn /i.test(line) && !line.includes('Unknown user config'))
  expect(warnings.length === 0, `${name} ${args.join(' ')} warned:\n${warnings.join('\n')}`)
  return stdout
}

function tell(text) {
  process.stdout.write(`${text.replaceAll(`${directory}/`, '')}\n`)
}

function expect(condition, failure) {
  if (!condition) throw new Error(failure)
}
