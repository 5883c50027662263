import { existsSync } from 'node:fs'
import { readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { shellWord } from '../../files/shell-word.ts'
import { pathsOf } from '../outputs/told-outputs.ts'
import type { Pair } from './pair-up.ts'

/** What goes on renewing the files, and how it is stopped; a text to warn with. Undefined where nothing is known of it. */
export async function otherTool({ path, files }: Pair): Promise<string | undefined> {
  return (await certbot(pathsOf(files))) ?? lego(path) ?? acmeSh(path)
}

/**
 * certbot keeps `live/NAME/*.pem` as links into `archive/NAME`, and renews what `renewal/NAME.conf` is about. `certbot
 * delete` would take the files along.
 */
async function certbot(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const archive = dirname(await realpath(path))
    const home = dirname(dirname(archive))
    const settings = join(home, 'renewal', `${basename(archive)}.conf`)
    if (basename(dirname(archive)) !== 'archive' || !existsSync(settings)) continue
    return `certbot still renews it; stop that: mv ${shellWord(settings)} ${shellWord(`${settings}.adopted`)}${await keyRemark(settings)}`
  }
  return undefined
}

async function keyRemark(settings: string): Promise<string> {
  const text = await readFile(settings, 'utf8').catch(() => '')
  return /^\s*reuse_key\s*=\s*True\s*$/m.test(text) ? '; it keeps the key, which certctl does with --reuse-key' : ''
}

/** lego keeps what it knows of `NAME.crt` in `NAME.json`. */
function lego(path: string): string | undefined {
  const known = path.replace(/\.crt$/, '.json')
  if (known === path || !existsSync(known)) return undefined
  return `lego renews it where something runs lego; stop that, or move away what it goes by: mv ${shellWord(known)} ${shellWord(`${known}.adopted`)}`
}

/** acme.sh keeps what it knows of `NAME/NAME.cer`, `NAME_ecc/NAME.cer` with a key on a curve, in `NAME.conf` beside it. */
function acmeSh(path: string): string | undefined {
  const directory = dirname(path)
  const name = basename(directory).replace(/_ecc$/, '')
  if (!existsSync(join(directory, `${name}.conf`)) || !existsSync(join(directory, `${name}.cer`))) return undefined
  const isEcc = basename(directory).endsWith('_ecc')
  return `acme.sh still renews it; stop that: acme.sh --remove -d ${shellWord(name)}${isEcc ? ' --ecc' : ''}`
}
