import chalk from 'chalk'
import { printable } from '../../core/printable.ts'
import { formatTime } from '../../core/time.ts'
import { holderOf, type InspectedSource, type Inspection } from '../../operations/inspect.ts'
import { describeCertificate, type Certificate } from '../../pki/certificate.ts'
import { certificateDetails, signatureName } from '../../pki/certificate-details.ts'
import type { SeenCsr } from '../../pki/csr.ts'
import { formatSan } from '../../pki/names.ts'
import type { PkiObject } from '../../pki/pki-object.ts'
import { formatEndpoint } from '../../probe/endpoint.ts'
import { validUntil } from './certificate-view.ts'
import { labelled } from './lines.ts'

export function inspectionDocument(inspection: Inspection, warnings: readonly string[]): Record<string, unknown> {
  const { target, kind, endpoint, sources, problems } = inspection
  return {
    schema: 1,
    target,
    kind,
    ...(endpoint
      ? {
          endpoint: {
            host: endpoint.host,
            port: endpoint.port,
            address: endpoint.address ?? null,
            serverName: endpoint.serverName ?? null,
            startTls: endpoint.startTls ?? null,
            protocol: endpoint.protocol ?? null,
            cipher: endpoint.cipher ?? null,
            asksClientCertificate: endpoint.asksClientCertificate,
          },
        }
      : {}),
    objects: sources.flatMap(({ name, objects }) =>
      objects.map((object) => ({ source: name, kind: object.kind, ...factsOf(object, sources) })),
    ),
    problems: problems.map(({ code, detail }) => ({ code, detail })),
    warnings,
  }
}

function factsOf(object: PkiObject, sources: readonly InspectedSource[]): Record<string, unknown> {
  switch (object.kind) {
    case 'certificate': {
      const { certificate } = object
      const { isCa, isSelfSigned, pem } = certificate
      return {
        certificate: {
          ...describeCertificate(certificate),
          isCa,
          isSelfSigned,
          ...certificateDetails(certificate),
          pem,
        },
      }
    }
    case 'request': {
      const { csr, isGenuine, signatureAlgorithm } = object.request
      const { commonName = null, sans, keyType, pem } = csr
      return {
        request: {
          commonName,
          sans,
          keyType,
          signatureAlgorithm: signatureName(signatureAlgorithm),
          isGenuine: isGenuine ?? null,
          pem,
        },
      }
    }
    case 'private-key':
      return {
        keyType: object.keyType,
        isEncrypted: object.isEncrypted,
        certificateSerial: holderOf(object, sources)?.serial ?? null,
      }
    case 'public-key':
      return { keyType: object.keyType }
    case 'other':
      return { label: object.label }
  }
}

export function inspectionText({ target, endpoint, sources, problems }: Inspection, now: Date): string {
  const heading = endpoint ? endpointText(endpoint) : `${chalk.bold(printable(target))}\n`
  const parts = sources.flatMap(({ name, objects }) =>
    objects.map((object) => {
      const where = sources.length > 1 ? `${chalk.cyan(printable(name))} ` : ''
      return `${where}${objectText(object, sources, now)}`
    }),
  )
  const objects = sources.flatMap((source) => source.objects)
  return `${heading}${parts.join('')}${problems.length > 0 ? problemsText(problems) : verdictOn(objects)}`
}

function endpointText(endpoint: NonNullable<Inspection['endpoint']>): string {
  const { address, serverName, protocol, cipher, startTls, asksClientCertificate } = endpoint
  const ended = `the server ended the handshake${asksClientCertificate ? ', in which it asked for a client certificate' : ''}`
  return (
    `${chalk.bold(printable(formatEndpoint(endpoint)))}\n` +
    labelled([
      ['address', address],
      ['asked for', serverName],
      ['begun with', startTls],
      ['protocol', protocol === undefined ? ended : `${protocol}, ${cipher ?? ''}`],
      ['client certificate', protocol !== undefined && asksClientCertificate ? 'asked for' : undefined],
    ])
  )
}

function objectText(object: PkiObject, sources: readonly InspectedSource[], now: Date): string {
  switch (object.kind) {
    case 'certificate':
      return certificateText(object.certificate, now)
    case 'request':
      return requestText(object.request)
    case 'private-key': {
      const holder = holderOf(object, sources)
      const fit = holder ? `, of the certificate ${holder.serial}` : ''
      return `private key, ${object.keyType}${object.isEncrypted ? ', encrypted' : ''}${fit}\n`
    }
    case 'public-key':
      return `public key, ${object.keyType}\n`
    case 'other':
      return `${printable(object.label)}, not looked into\n`
  }
}

function certificateText(certificate: Certificate, now: Date): string {
  const { subject, issuer, serial, sans, keyType, notBefore, fingerprintSha256, isCa, isSelfSigned } = certificate
  const { signatureAlgorithm, keyUsage, extendedKeyUsage } = certificateDetails(certificate)
  const what = isCa ? (isSelfSigned ? 'root certificate' : 'CA certificate') : 'certificate'
  return (
    `${what} ${chalk.bold(printable(subject || serial))}\n` +
    labelled([
      ['names', sans.map(formatSan).join(', ') || undefined],
      ['issuer', isSelfSigned ? 'itself' : issuer],
      ['serial', serial],
      ['key', keyType],
      ['signature', signatureAlgorithm],
      ['usage', [...keyUsage, ...extendedKeyUsage].join(', ') || undefined],
      ['valid from', formatTime(notBefore)],
      ['valid until', validUntil(certificate, now)],
      ['sha256', fingerprintSha256],
    ])
  )
}

function requestText({ csr, isGenuine, signatureAlgorithm }: SeenCsr): string {
  const verdicts = new Map([
    [true, 'good'],
    [false, 'bad'],
    [undefined, 'not checked'],
  ])
  return (
    `certificate request ${chalk.bold(printable(csr.commonName ?? csr.sans[0]?.value ?? 'without a name'))}\n` +
    labelled([
      ['names', csr.sans.map(formatSan).join(', ') || undefined],
      ['key', csr.keyType],
      ['signature', `${signatureName(signatureAlgorithm)}, ${verdicts.get(isGenuine) ?? ''}`],
    ])
  )
}

/** Of what is told by its label alone nobody can say that it is in order. */
function verdictOn(objects: readonly PkiObject[]): string {
  if (objects.every(({ kind }) => kind === 'other')) return ''
  const isAll = objects.every(({ kind }) => kind !== 'other')
  return `${chalk.green('no problem found')}${isAll ? '' : ' in the rest'}\n`
}

function problemsText(problems: Inspection['problems']): string {
  const width = Math.max(...problems.map(({ code }) => code.length))
  return problems.map(({ code, detail }) => `${chalk.red(code.padEnd(width))}  ${printable(detail)}\n`).join('')
}
