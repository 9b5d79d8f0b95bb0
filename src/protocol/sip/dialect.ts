import type { ModelProfile } from '../../device/model.js';
import { macOf } from '../../device/name.js';

/** What a phone says of itself in SIP, by generation (sip.md 3.1 to 3.4). */
export interface SipDevice {
  /** `SEP001F9E266369`. */
  readonly name: string;
  /** 12 hex digits. */
  readonly mac: string;
  /** Type number of sccp.md 11. */
  readonly deviceType: number;
  /** As on the box: `7962G`, `8841`. */
  readonly productName: string;
  /** Running load without `.loads`. */
  readonly load: string;
  /** Load of the other flash partition (78xx/88xx); empty is possible. */
  readonly inactiveLoad: string;
  readonly family: 'legacy' | 'modern';
}

/** A phone of a model with the load that the model ships with; its other partition is empty. */
export function sipDevice(name: string, model: ModelProfile): SipDevice {
  return {
    name,
    mac: macOf(name) ?? '',
    deviceType: model.deviceType,
    productName: model.productName,
    load: model.loads.SIP ?? '',
    inactiveLoad: '',
    family: model.family === 'modern' ? 'modern' : 'legacy',
  };
}

/**
 * Why the phone begins anew, by number (sip.md 3.4, sccp.md 6). Texts of 14, 22, 23 and 25 were observed, the others are
 * those of SCCP in lower case.
 */
const ALARM_CAUSES = {
  10: 'tcp-timeout',
  12: 'cm-reset-tcp',
  13: 'cm-aborted-tcp',
  14: 'cm-closed-tcp',
  15: 'keepaliveto',
  17: 'registration-timeout',
  18: 'failback',
  20: 'phone-keypad',
  22: 'reset-reset',
  23: 'reset-restart',
  24: 'phone-reg-rej',
  25: 'initialized',
} as const;

export type AlarmCause = keyof typeof ALARM_CAUSES;

const EXTENSIONS =
  'X-cisco-callinfo,X-cisco-serviceuri,X-cisco-escapecodes,X-cisco-service-control,X-cisco-srtp-fallback,' +
  'X-cisco-monrec,X-cisco-config';

/** Value of Supported: 79xx 9.3 and 78xx/88xx 12.x differ in the version of Cisco's SIP interface. */
export const SUPPORTED: Readonly<Record<SipDevice['family'], string>> = {
  legacy: `replaces,join,sdp-anat,norefersub,resource-priority,extended-refer,${EXTENSIONS},X-cisco-sis-6.0.0,X-cisco-xsi-8.5.1`,
  modern: `replaces,join,sdp-anat,norefersub,resource-priority,extended-refer,${EXTENSIONS},X-cisco-sis-7.0.0,X-cisco-xsi-8.5.1`,
};

/** What phones accept, in the Allow of their own requests. */
export const PHONE_ALLOW = 'ACK,BYE,CANCEL,INVITE,NOTIFY,OPTIONS,REFER,REGISTER,UPDATE,SUBSCRIBE,INFO';

/** `Cisco-CP8841/12.8.1`: model, slash, version of the load without its service release. */
export function userAgent(device: SipDevice): string {
  return `Cisco-CP${device.productName.replace(/^CP-?/, '')}/${loadVersion(device.load)}`;
}

/** `sip88xx.12-8-1-0001-455` -> `12.8.1`, `SIP42.9-4-2SR3-1S` -> `9.4.2`; a load of another form stays as it is. */
export function loadVersion(load: string): string {
  const match = /^[^.]+\.(\d+)-(\d+)-(\d+)/.exec(load);
  return match === null
    ? load.replace(/[^\w.!%*+`'~-]/g, '') || '0.0.0'
    : `${match[1]}.${match[2]}.${match[3]}`;
}

/** Value of Reason with the boot cause: 79xx names one load, 78xx/88xx both partitions with `.loads`. */
export function bootReason(device: SipDevice, cause: AlarmCause): string {
  const loads =
    device.family === 'legacy'
      ? `Load=${device.load}`
      : `ActiveLoad=${partition(device.load)} InactiveLoad=${partition(device.inactiveLoad)}`;
  const text = `cisco-alarm:${cause} Name=${device.name} ${loads} Last=${ALARM_CAUSES[cause]}`;
  // Load names come from a configuration file: nothing in them may end the quotes or the line.
  return `SIP;cause=200;text="${text.replace(/[^ -~]|["\\]/g, '')}"`;
}

function partition(load: string): string {
  return load === '' || load.endsWith('.loads') ? load : `${load}.loads`;
}
