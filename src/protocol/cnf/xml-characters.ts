/** A character that XML 1.0 never has, neither plain nor as a reference (2.2), lone surrogates apart. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
export const NO_XML_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
