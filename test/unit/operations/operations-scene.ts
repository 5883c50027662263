import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { Duration } from '../../../src/core/duration.ts'
import { Inventory } from '../../../src/files/inventory.ts'
import { certificateStatus, type CertificateStatus } from '../../../src/operations/certificate-status.ts'
import { issueCertificate, type IssueOrder } from '../../../src/operations/issue-certificate.ts'
import type { Issuer } from '../../../src/operations/issuer.ts'
import type { Host } from '../../../src/operations/host.ts'
import { planIssue } from '../../../src/operations/plan-issue.ts'
import { renewCertificate } from '../../../src/operations/renew-certificate.ts'
import type { Renewal, RenewalOrder } from '../../../src/operations/renewal.ts'
import { openCertificateDirectory, type CertificateDirectory } from '../../../src/files/certificate-directory.ts'
import type { CertificateRecord } from '../../../src/files/certificate-record.ts'
import { noMetrics } from '../../../src/metrics/metrics.ts'
import { parseCertificate } from '../../../src/pki/certificate.ts'
import { FakeClock, settle } from '../../support/fake-clock.ts'
import type { IssuingCa } from '../../support/issuing-ca.ts'
import { FakeConnector } from './fake-connector.ts'

export const recorded: CertificateRecord['issuer'] = {
  kind: 'vault',
  profile: 'prod',
  address: 'https://vault.corp:8200',
  mount: 'pki',
  role: 'web',
  issuerRef: null,
  namespace: null,
}

interface IssueChanges extends Partial<IssueOrder> {
  readonly ttl?: Duration
}

/** A host with a clock that stands still, an issuer, and a directory for one certificate. */
export class OperationsScene {
  readonly clock = new FakeClock(new Date('2026-03-01T12:00:00Z'))
  readonly connector: FakeConnector
  readonly issuer: Issuer
  readonly directory: CertificateDirectory
  readonly stateDirectory: string
  /** What was told of certificates and issuances. */
  readonly measured: unknown[][] = []
  readonly host: Host

  /** The real path of a file that is published. */
  live(name: string): Promise<string> {
    return realpath(join(this.directory.path, '.live', name))
  }

  /** Of what is published. */
  async serial(): Promise<string> {
    return parseCertificate((await this.directory.read()).cert, 'the certificate').serial
  }

  /** To renew what is in the scene's directory. */
  renewalOrder(changes: Partial<RenewalOrder> = {}): RenewalOrder {
    return {
      directory: this.directory,
      renewBefore: undefined,
      force: false,
      undo: false,
      outputs: {},
      dryRun: false,
      keyPolicy: undefined,
      ttl: undefined,
      keyType: undefined,
      issuerFor: () => Promise.resolve(this.issuer),
      ...changes,
    }
  }

  /** Publishes `web.corp`, for thirty days unless told otherwise. Returns its serial. */
  async issue({ ttl = Duration.ofDays(30), ...changes }: IssueChanges = {}): Promise<string> {
    const key = { origin: 'generated', keyType: undefined } as const
    const { name, wanted } = planIssue({ name: 'web.corp', sans: [], ttl, key })
    const order = { name, wanted, directory: this.directory, replace: false, outputs: {}, ...changes }
    await issueCertificate(order, this.issuer, this.host)
    return this.serial()
  }

  renew(changes: Partial<RenewalOrder> = {}, signal?: AbortSignal): Promise<Renewal> {
    return renewCertificate(this.renewalOrder(changes), this.host, signal)
  }

  status(directory = this.directory.path): CertificateStatus {
    return certificateStatus(directory, { renewBefore: undefined, now: this.clock.now(), host: this.host })
  }

  /** Adds to what the host keeps of it. */
  async changeEntry(added: object): Promise<void> {
    const inventory = new Inventory(this.stateDirectory)
    await inventory.update(await this.directory.realPath(), (entry) => ({ ...entry, ...added }))
  }

  /** Two that want the same lock: time passes when both wait for it, or one waits and the other is done. */
  async bothOf<Result>(one: Promise<Result>, other: Promise<Result>): Promise<readonly PromiseSettledResult<Result>[]> {
    let running = 2
    const ended = (): void => void (running -= 1)
    for (const run of [one, other]) run.then(ended, ended)
    const isOver = (): boolean => running === 0
    while (!isOver()) {
      if (this.clock.sleeping === running) await this.clock.advance(Duration.ofMilliseconds(10))
      else await settle()
    }
    return Promise.allSettled([one, other])
  }

  constructor(ca: IssuingCa, temporary: string) {
    this.connector = new FakeConnector(ca, this.clock)
    this.issuer = { connector: this.connector, recorded }
    this.directory = openCertificateDirectory(join(temporary, 'web'))
    this.stateDirectory = join(temporary, 'state')
    this.host = {
      clock: this.clock,
      stateDirectory: this.stateDirectory,
      environment: { PATH: process.env.PATH },
      jitterOf: () => 0,
      metrics: {
        ...noMetrics,
        countIssuance: (issuerType, _duration, failure) => this.measured.push(['issuance', issuerType, failure]),
        setCertificate: (name, notAfter, renewalAt) => this.measured.push(['certificate', name, notAfter, renewalAt]),
        setDeployPending: (name, isPending) => this.measured.push(['deploy pending', name, isPending]),
      },
    }
  }
}
