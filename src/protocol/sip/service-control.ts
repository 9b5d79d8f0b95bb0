/** NOTIFY with `Event: service-control`: how CUCM resets phones (sip.md 5.3). */
export interface ServiceControl {
  readonly action: ServiceAction;
  /** Call-ID of the registration that is meant; empty where none is named. */
  readonly registerCallId: string;
  /** Version stamps by name (`ConfigVersionStamp`); empty ones are left out. */
  readonly stamps: Readonly<Record<string, string>>;
}

const SERVICE_ACTIONS = ['reset', 'restart', 'check-version', 'prt-report'] as const;
export type ServiceAction = (typeof SERVICE_ACTIONS)[number];

/** Lines of a service-control body that are read; genuine ones have five or six. */
const SERVICE_CONTROL_MAX_LINES = 32;

const STAMPS = ['ConfigVersionStamp', 'DialplanVersionStamp', 'SoftkeyVersionStamp'] as const;

/** Writes the body; LF line ends, the three stamps always present. */
export function encodeServiceControl(control: ServiceControl): string {
  const extra = Object.keys(control.stamps).filter((name) => !(STAMPS as readonly string[]).includes(name));
  const stamps = [...STAMPS, ...extra].map((name) => `${name}={${control.stamps[name] ?? ''}}\n`);
  return `action=${control.action}\nRegisterCallId={${control.registerCallId}}\n${stamps.join('')}`;
}

/** Reads the body, with LF or CRLF; undefined when it names no action that a phone knows. */
export function parseServiceControl(body: string): ServiceControl | undefined {
  let action: ServiceAction | undefined;
  let registerCallId = '';
  const stamps: Record<string, string> = {};
  for (const line of body.split(/\r?\n/, SERVICE_CONTROL_MAX_LINES)) {
    const [, name = '', value = ''] = /^(\w+)=\{?([^{}]*)\}?\s*$/.exec(line) ?? [];
    if (name === 'action') action = SERVICE_ACTIONS.find((known) => known === value);
    else if (name === 'RegisterCallId') registerCallId = value;
    else if (name.endsWith('VersionStamp') && value !== '') stamps[name] = value;
  }
  return action === undefined ? undefined : { action, registerCallId, stamps };
}

/**
 * Does a check-version ask for something newer than the phone holds? Stamps that are not given, and those of files that the
 * phone does not hold (absent in `held`), say nothing.
 */
export function differs(control: ServiceControl, held: Readonly<Record<string, string>>): boolean {
  return Object.entries(control.stamps).some(
    ([name, stamp]) => Object.hasOwn(held, name) && held[name] !== stamp,
  );
}
