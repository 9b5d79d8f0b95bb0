/**
 * Did OpenSSL say no, rather than a program do wrong? Node gives such errors a code of its own (`ERR_OSSL_…`), or, where it knows
 * none, the library that complained.
 */
export function isOpenSslError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = '', library } = error as NodeJS.ErrnoException & { readonly library?: string };
  return code.startsWith('ERR_OSSL_') || library !== undefined;
}
