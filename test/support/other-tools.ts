import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Certificate } from '../../src/pki/certificate.ts'
import { parseSan } from '../../src/pki/names.ts'
import { generatePrivateKey, type KeyType, type PrivateKey } from '../../src/pki/private-key.ts'
import { IssuingCa } from './issuing-ca.ts'

/** A certificate of an issuer that certctl knows nothing of. */
export interface Foreign {
  readonly leaf: Certificate
  readonly key: PrivateKey
  /** The leaf's own issuer, which is no root. */
  readonly issuer: Certificate
  readonly root: Certificate
}

export interface ForeignOptions {
  /** The first is the common name. */
  readonly names: readonly string[]
  /** The same names, unless told otherwise. */
  readonly sans?: readonly string[]
  readonly keyType?: KeyType
  /** From then on, for ninety days unless it ends. */
  readonly from?: Date
  readonly until?: Date
}

const day = 24 * 3600 * 1000

/** An issuer of other tools, and their files as those tools lay them out. */
export class OtherTools {
  private constructor(private readonly ca: IssuingCa) {}

  static async create(): Promise<OtherTools> {
    return new OtherTools(await IssuingCa.create())
  }

  async certificate({ names, sans = names, keyType = 'ec256', from, until }: ForeignOptions): Promise<Foreign> {
    const key = await generatePrivateKey(keyType)
    const start = wholeSecond(from ?? new Date())
    const leaf = await this.ca.sign({
      commonName: names[0],
      sans: sans.map((name) => parseSan(name)),
      publicKey: key.publicKey,
      notBefore: start,
      notAfter: until ?? new Date(start.getTime() + 90 * day - 1000),
    })
    return { leaf, key, issuer: this.ca.intermediate, root: this.ca.root }
  }

  /**
   * `/etc/letsencrypt` of certbot with one lineage; returns its directory below `live`. certbot 2.1 lists what is made here
   * (`certbot certificates`).
   */
  async certbot(home: string, name: string, foreign: Foreign): Promise<string> {
    const live = join(home, 'live', name)
    for (const path of ['accounts', 'keys', 'renewal', 'renewal-hooks/deploy']) await mkdir(join(home, path), all)
    for (const path of [live, join(home, 'archive', name)]) await mkdir(path, { ...all, mode: 0o700 })
    await writeFile(join(home, 'live', 'README'), 'This directory contains your keys and certificates.\n')
    await writeFile(join(live, 'README'), 'This directory contains your keys and certificates.\n')
    await writeFile(join(home, 'renewal', `${name}.conf`), renewalConf(home, name))
    await this.certbotRenews(home, name, foreign, 1)
    return live
  }

  /** What `certbot renew` does: further files in the archive, and the links to them. */
  async certbotRenews(home: string, name: string, { leaf, key, issuer }: Foreign, version: number): Promise<void> {
    const contents = {
      privkey: key.pem.reveal(),
      cert: leaf.pem,
      chain: issuer.pem,
      fullchain: leaf.pem + issuer.pem,
    }
    for (const [kind, content] of Object.entries(contents)) {
      const mode = kind === 'privkey' ? 0o600 : 0o644
      await writeFile(join(home, 'archive', name, `${kind}${version}.pem`), content, { mode })
      await replaceLink(`../../archive/${name}/${kind}${version}.pem`, join(home, 'live', name, `${kind}.pem`))
    }
  }

  /** `certificates` of lego: the certificate with its issuer, the issuer, the key in its traditional form, and facts. */
  async lego(directory: string, name: string, { leaf, key, issuer }: Foreign): Promise<void> {
    await mkdir(directory, { ...all, mode: 0o700 })
    const id = name.replace('*', '_')
    const facts = { domain: name, certUrl: 'https://acme.invalid/cert/1', certStableUrl: 'https://acme.invalid/cert/1' }
    const contents = {
      [`${id}.crt`]: leaf.pem + issuer.pem,
      [`${id}.issuer.crt`]: issuer.pem,
      [`${id}.key`]: key.traditionalPem.reveal(),
      [`${id}.json`]: JSON.stringify(facts),
    }
    for (const [file, content] of Object.entries(contents))
      await writeFile(join(directory, file), content, { mode: 0o600 })
  }

  /** `step ca certificate NAME CRT KEY`. */
  async step(directory: string, name: string, { leaf, key, issuer }: Foreign): Promise<readonly [string, string]> {
    await mkdir(directory, all)
    const [crt, keyFile] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)]
    await writeFile(crt, leaf.pem + issuer.pem, { mode: 0o600 })
    await writeFile(keyFile, key.traditionalPem.reveal(), { mode: 0o600 })
    return [crt, keyFile]
  }

  /** `~/.acme.sh/NAME_ecc`. */
  async acmeSh(home: string, name: string, { leaf, key, issuer }: Foreign): Promise<string> {
    const directory = join(home, `${name}_ecc`)
    await mkdir(directory, all)
    const contents = {
      [`${name}.cer`]: leaf.pem,
      [`${name}.key`]: key.traditionalPem.reveal(),
      'ca.cer': issuer.pem,
      'fullchain.cer': leaf.pem + issuer.pem,
      [`${name}.conf`]: `Le_Domain='${name}'\nLe_Keylength='ec-256'\n`,
    }
    for (const [file, content] of Object.entries(contents)) await writeFile(join(directory, file), content)
    await chmod(join(directory, `${name}.key`), 0o600)
    return directory
  }
}

const all = { recursive: true } as const

function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000)
}

async function replaceLink(target: string, path: string): Promise<void> {
  await rm(path, { force: true })
  await symlink(target, path)
}

function renewalConf(home: string, name: string): string {
  const kinds = ['cert', 'privkey', 'chain', 'fullchain']
  return [
    'version = 2.1.0',
    `archive_dir = ${join(home, 'archive', name)}`,
    ...kinds.map((kind) => `${kind} = ${join(home, 'live', name, `${kind}.pem`)}`),
    '',
    '# Options used in the renewal process',
    '[renewalparams]',
    'account = 0123456789abcdef0123456789abcdef',
    'authenticator = webroot',
    'server = https://acme.invalid/directory',
    'key_type = ecdsa',
    '',
  ].join('\n')
}
