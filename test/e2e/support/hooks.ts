import { chmod, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:tls'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import type { Scene } from './scene.ts'

/** A program below the working directory, with its absolute path. */
export async function hook(scene: Scene, name: string, script: string): Promise<string> {
  const path = scene.path(name)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

/** The lines that hooks have written to a file; none when there is none. */
export async function linesOf(scene: Scene, name: string): Promise<readonly string[]> {
  const text = await readFile(scene.path(name), 'utf8').catch(() => '')
  return text === '' ? [] : text.trimEnd().split('\n')
}

/** A TLS server that reads its files when it is told to, like most. */
export class ReloadingServer {
  readonly #server: Server
  readonly #directory: string

  private constructor(server: Server, directory: string) {
    this.#server = server
    this.#directory = directory
  }

  static async start(scene: Scene, directory: string): Promise<ReloadingServer> {
    const path = scene.path(directory)
    const server = createServer(filesIn(path), (socket) => socket.end())
    server.on('tlsClientError', () => undefined)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const reloading = new ReloadingServer(server, path)
    scene.atEnd(() => reloading.stop())
    return reloading
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  reload(): void {
    this.#server.setSecureContext(filesIn(this.#directory))
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }
}

function filesIn(directory: string): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(`${directory}/fullchain.pem`), key: readFileSync(`${directory}/privkey.pem`) }
}
