import 'reflect-metadata'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  Attribute,
  AttributeFactory,
  Extension,
  ExtensionFactory,
  Pkcs10CertificateRequest,
  TextConverter,
  TextObject,
  X509Certificate,
} from '@peculiar/x509'
import { printable } from '../core/printable.ts'

/** All that a certificate says, laid out as openssl does: each line end in it is the layout's own. */
export function certificateDump(pem: string): string {
  return TextConverter.serialize(allPrintable(new ShownCertificate(pem).toTextObject()))
}

export function requestDump(pem: string): string {
  return TextConverter.serialize(allPrintable(new ShownRequest(pem).toTextObject()))
}

class ShownCertificate extends X509Certificate {
  override get extensions(): Extension[] {
    return Array.from(this.asn.tbsCertificate.extensions?.values() ?? []).map((extension) => {
      const der = AsnConvert.serialize(extension)
      return readable(() => ExtensionFactory.create(der)) ?? new Extension(der)
    })
  }
}

class ShownRequest extends Pkcs10CertificateRequest {
  override get attributes(): Attribute[] {
    return [...this.asn.certificationRequestInfo.attributes].map((attribute) => {
      const der = AsnConvert.serialize(attribute)
      return readable(() => AttributeFactory.create(der)) ?? new Attribute(der)
    })
  }
}

/** The library throws on what is malformed; undefined leaves it to be shown by its bytes. */
function readable<Part extends { toTextObject(): TextObject }>(read: () => Part): Part | undefined {
  try {
    const part = read()
    part.toTextObject()
    return part
  } catch {
    return undefined
  }
}

/** What a certificate says is anybody's: each text in the tree is made printable before lines are made of it. */
function allPrintable(tree: TextObject): TextObject {
  tree[TextObject.VALUE] = printable(tree[TextObject.VALUE])
  for (const [key, item] of Object.entries<unknown>(tree)) {
    if (typeof item === 'string') tree[key] = printable(item)
    else for (const part of [item].flat()) if (part instanceof TextObject) allPrintable(part)
  }
  return tree
}
