export type {
  CallManagerEntry,
  DefaultConfiguration,
  LineEntry,
  PhoneConfiguration,
  ServerEntry,
  SipTimers,
} from './model.js';
export { parseDefaultConfiguration, parsePhoneConfiguration } from './read.js';
export { certHash, reducedConfiguration } from './reduced.js';
export { type WriteOptions, writeDefaultConfiguration, writePhoneConfiguration } from './write.js';
export { XML_LIMITS } from './xml-read.js';
