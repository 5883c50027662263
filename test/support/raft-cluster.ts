import { setTimeout as wait } from 'node:timers/promises'
import { PersistentVault, type RaftOptions, startUninitialized, type UninitializedVault } from './persistent-vault.ts'
import type { VaultReply } from './ask-vault.ts'
import type { CreatedToken, TokenOptions } from './vault-server.ts'
import { freePort } from './free-port.ts'

const size = 3

/** Three Vaults with one storage by raft: one leads, the others hand on to it what they are asked. */
export class RaftCluster {
  private constructor(readonly nodes: readonly PersistentVault[]) {}

  static async start(): Promise<RaftCluster> {
    const first = await PersistentVault.initialize(await startNode(0))
    const others = await Promise.all(
      Array.from({ length: size - 1 }, async (_, index) =>
        PersistentVault.join(await startNode(index + 1, { leader: first.address }), first),
      ),
    )
    const cluster = new RaftCluster([first, ...others])
    await cluster.#untilAllVote()
    return cluster
  }

  get address(): string {
    return this.nodes[0]!.address
  }

  get rootToken(): string {
    return this.nodes[0]!.rootToken
  }

  createToken(options: TokenOptions): Promise<CreatedToken> {
    return this.#byAny((node) => node.createToken(options))
  }

  /** Answered by the first node that knows a leader, or is it. */
  request(method: string, path: string, body?: unknown, token?: string): Promise<VaultReply> {
    return this.#byAny(async (node) => {
      const reply = await node.request(method, path, body, token)
      if (reply.status >= 500 || reply.status === 307) throw new Error(`${node.address} answers ${reply.status}`)
      return reply
    })
  }

  /** The one that leads now; waits for it while there is none. */
  async leader(): Promise<PersistentVault> {
    for (;;) {
      const answers = await Promise.allSettled(this.nodes.map((node) => node.request('GET', 'sys/leader')))
      const leads = (answer: (typeof answers)[number]) =>
        answer.status === 'fulfilled' && answer.value.json?.is_self === true
      const leader = this.nodes[answers.findIndex(leads)]
      if (leader) return leader
      await wait(100)
    }
  }

  /** Makes the leader give up its part; answers who that was. */
  async stepDown(): Promise<PersistentVault> {
    for (;;) {
      const leader = await this.leader()
      const { status } = await leader.request('PUT', 'sys/step-down', undefined, this.rootToken)
      if (status < 300) return leader
      await wait(100)
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()))
  }

  async #byAny<Result>(ask: (node: PersistentVault) => Promise<Result>): Promise<Result> {
    const failures: unknown[] = []
    for (const node of this.nodes) {
      try {
        return await ask(node)
      } catch (error) {
        failures.push(error)
      }
    }
    throw new AggregateError(failures, 'no node of the cluster can answer')
  }

  /** A node that does not vote yet is none that could take over. */
  async #untilAllVote(): Promise<void> {
    for (;;) {
      const { data } = await this.nodes[0]!.must('GET', 'sys/storage/raft/configuration')
      const { servers } = data?.config as { servers: readonly { voter: boolean }[] }
      if (servers.filter(({ voter }) => voter).length === size) return
      await wait(200)
    }
  }
}

async function startNode(index: number, toJoin: Pick<RaftOptions, 'leader'> = {}): Promise<UninitializedVault> {
  return startUninitialized({ raft: { node: `node-${index}`, port: await freePort(), ...toJoin } })
}
