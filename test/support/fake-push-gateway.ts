import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseFamilies } from '../../src/metrics/text-families.ts'

export interface Pushed {
  readonly method: string
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/**
 * A Pushgateway as its documentation has it: POST replaces the families that the text has in the group that the path
 * names, PUT the whole group; a series that a group gets twice, or a text without a final line break, is refused with 400.
 */
export class FakePushGateway {
  readonly pushes: Pushed[] = []
  /** Answers instead of the gateway; undefined leaves it to itself. */
  answer: ((request: http.IncomingMessage, response: http.ServerResponse) => boolean) | undefined
  readonly #groups = new Map<string, Map<string, readonly string[]>>()
  readonly #server = http.createServer((request, response) => void this.#serve(request, response))

  static async start(): Promise<FakePushGateway> {
    const gateway = new FakePushGateway()
    gateway.#server.listen(0, '127.0.0.1')
    await once(gateway.#server, 'listening')
    return gateway
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close').catch(() => undefined)
  }

  /** What Prometheus would scrape of a group: its samples, without the labels of the key. */
  samples(group: string): readonly string[] {
    return [...(this.#groups.get(group)?.values() ?? [])].flat()
  }

  get groups(): readonly string[] {
    return [...this.#groups.keys()]
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    this.pushes.push({ method, path, headers, body })
    if (this.answer?.(request, response) === true) return
    response.writeHead(this.#take(method, path, body)).end()
  }

  #take(method: string, path: string, body: string): number {
    const group = /^\/metrics\/(job\/.+)$/.exec(path)?.[1]
    if (group === undefined) return 404
    if (method !== 'POST' && method !== 'PUT') return 405
    const families = [...parseFamilies(body).values()]
    const series = families.flatMap(({ samples }) => samples.map((one) => one.series))
    if (!body.endsWith('\n') || new Set(series).size < series.length) return 400
    const held = method === 'POST' ? this.#groups.get(group) : undefined
    const told = families.map(({ name, samples }) => [name, samples.map(({ line }) => line)] as const)
    this.#groups.set(decodeURIComponent(group), new Map([...(held ?? []), ...told]))
    return 200
  }
}
