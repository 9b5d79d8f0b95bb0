import type { CapfSettings } from '../cluster/capf-settings.js';
import type { ServiceFault, ServiceName } from '../cluster/operation.js';
import type { AddressFamily } from '../device/address-family.js';
import type { MicProfile } from '../device/model.js';
import type { SecurityProfile, SignallingProtocol, TlsRange } from '../device/security.js';
import type { PhoneService } from '../phone/decide/service.js';

/** IP mode of a phone (R-104) and the families of the addresses that it has got. */
export interface IpSettings {
  readonly mode: 'ipv4' | 'ipv6' | 'two-stack';
  readonly addresses: readonly AddressFamily[];
}

/** "CAPF information" of a phone in the database at the start of a run, and where its configuration sends it for it. */
export interface DeviceCapf extends CapfSettings {
  /** Families of the CAPF addresses in its configuration. */
  readonly addresses: readonly AddressFamily[];
}

/** Who issued a MIC: the older manufacturing CA (SHA-1, 1024 bits) or that of newer units (SHA-256, 2048 bits). */
export type MicIssuer = 'Cisco Manufacturing CA' | 'Cisco Manufacturing CA SHA2';

/**
 * What a group or a setting may say of its phones over the model's own; what is absent stays as it is (contracts.md 4).
 */
export interface PhoneSettings {
  /**
   * LSC at the start: `none`, `own` (of the home cluster's CAPF), or the name of the cluster whose CAPF issued it: one of the
   * run, or a strange one.
   */
  readonly lsc?: readonly IndexRule<string>[];
  readonly mic?: MicIssuer | 'none';
  /** Lists in the flash of a healthy phone: those of its home (`own`), of another cluster of the run by its name, or `none`. */
  readonly holds?: string;
  readonly ip?: IpSettings;
  readonly capf?: Partial<DeviceCapf>;
  /** Name of the running load, which is the configured one, too. */
  readonly firmware?: string;
  readonly tls?: Partial<TlsRange>;
  /** false: the cluster's database does not have it (R-09). */
  readonly inDatabase?: boolean;
  /** FIPS mode of the phone (R-113). */
  readonly fips?: boolean;
}

/** Certificates, addresses and firmware of a phone before it has ever been switched on. */
export interface DeviceEquipment {
  /** LSC in its flash at the start: `none`, `own`, or the name of the cluster whose CAPF issued it. */
  readonly lsc: string;
  readonly mic: MicProfile | null;
  /** Whose lists a healthy phone has: `own`, `none`, or the name of a cluster of the run. */
  readonly holds: string;
  readonly ip: IpSettings;
  readonly capf: DeviceCapf;
  /** Running and configured load; null: the model's own for its protocol. */
  readonly firmware: string | null;
  readonly tls: TlsRange;
  readonly inDatabase: boolean;
  /** FIPS mode is on (R-113); absent: off. */
  readonly fips?: boolean;
}

/** A group of equal phones in a fleet profile (`profiles/fleets/*.yaml`, scenario `fleet.groups`). */
export interface GroupSpec extends PhoneSettings {
  /** Name of the group, e.g. `L42`. */
  readonly group: string;
  readonly model: string;
  readonly phones: number;
  readonly protocol: SignallingProtocol;
  /** Security profile by index rule. */
  readonly security: readonly IndexRule<SecurityProfile>[];
  /** First and second TFTP node by index rule. */
  readonly tftp: readonly IndexRule<readonly string[]>[];
  /** Nodes of the CallManager group, and its name, by index rule. */
  readonly callManagerGroup: readonly IndexRule<{
    readonly name: string;
    readonly nodes: readonly string[];
  }>[];
}

/** A value for those phones of a group whose index (from 1) fits; the first rule that fits wins. */
export interface IndexRule<T> {
  readonly index: IndexCondition | 'all';
  readonly value: T;
}

/** `i mod 10 in 1-5,8`, `i mod 20 = 0`, `i in 1-25`; `modulus` 0 means the bare index. */
export interface IndexCondition {
  readonly modulus: number;
  readonly values: readonly (readonly [from: number, to: number])[];
}

export interface FleetSpec {
  readonly name: string;
  readonly groups: readonly GroupSpec[];
}

/** Which phones a step is about (contracts.md 4, "Selection"). */
export type Selection =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Selection[] }
  | { readonly kind: 'not'; readonly of: Selection }
  | { readonly kind: 'field'; readonly field: SelectionField; readonly anyOf: readonly string[] }
  | { readonly kind: 'index'; readonly condition: IndexCondition }
  | { readonly kind: 'locked'; readonly locked: boolean }
  /** Registered at a node of this cluster; null: of whichever. Only the run itself selects by it. */
  | { readonly kind: 'registered'; readonly cluster: string | null };

/** `has` takes lsc, mic, ctl, itl; `mode` is the device's security mode; `tftp` the TFTP node asked first. */
export type SelectionField =
  | 'model'
  | 'group'
  | 'name'
  | 'tftp'
  | 'callManagerGroup'
  | 'mode'
  | 'has'
  | 'state';

/** How resets reach the phones. Rates are phones a second. */
export type Load =
  | { readonly concurrency: number }
  | { readonly rate: number }
  | { readonly ramp: { readonly from: number; readonly to: number; readonly overSeconds: number } };

export type PhoneAction =
  | { readonly action: 'power-on' | 'power-off' | 'reset' | 'restart' | 'factory-reset' }
  | { readonly action: 'erase'; readonly what: 'ctl' | 'itl' | 'both' }
  /** The user opens an HTTPS service (R-49). */
  | { readonly action: 'open'; readonly service: PhoneService }
  /** The user types an authentication string (R-92). */
  | { readonly action: 'type'; readonly string: string }
  /**
   * Other TFTP servers: those nodes, by their labels, or the nodes of a cluster that have the names of the phone's own. `dhcp`
   * is a new option 150, which counts from the next boot on; `hand`: a user types them in (R-73), and the phone starts anew.
   */
  | {
      readonly action: 'retarget';
      readonly tftp: TftpChoice;
      readonly by: 'dhcp' | 'hand';
      /** What the user answers where the phone asks about its lists (R-73). */
      readonly lists: 'keep' | 'erase';
    };

export type TftpChoice = { readonly cluster: string } | { readonly nodes: readonly string[] };

/** Where in its boot a phone is when the power goes. */
export type PowerPoint = 'ctl' | 'itl' | 'config' | 'capf' | 'register';

/** What breaks (`fault:`, contracts.md 4); `clear` mends everything. Times are real ones: `clock.scale` has divided them. */
export type Fault =
  | ServiceFault
  /** Connections to a service are refused, for each phone from its own first attempt on; null means until it is mended. */
  | {
      readonly refuse: ServiceName;
      readonly nodes: readonly string[] | 'all';
      readonly eachPhoneMs: number | null;
    }
  /** Connections of one address family to a service are refused. */
  | {
      readonly refuse: AddressFamily;
      readonly service: ServiceName;
      readonly nodes: readonly string[] | 'all';
    }
  /** The power of each of these phones goes once, where its next boot gets to this point; the phone stays off. */
  | { readonly power: { readonly at: PowerPoint; readonly of: Selection } }
  | DatagramFault
  | LeakFault
  | { readonly clear: 'all' };

/**
 * A bad network for every datagram of phones and servers, both ways, in place of an earlier one: shares in [0, 1] that are lost
 * and doubled, and what is added to the way of each. The delay is network time, which `clock.scale` does not divide.
 */
export interface DatagramFault {
  readonly datagrams: {
    readonly drop?: number | undefined;
    readonly duplicate?: number | undefined;
    readonly delayMs?: number | undefined;
  };
}

/** Connection objects of TFTP that requests for a missing static file keep until TFTP is restarted (222878), in addition to others. */
export interface LeakFault {
  readonly leak: 'TFTP';
  readonly objects: number;
  readonly nodes: readonly string[] | 'all';
}

/** A fault that the phones have to do with. */
export type PhoneFault = Exclude<Fault, ServiceFault | LeakFault>;

/** A fault that the clusters have to do with. */
export type ClusterFault = ServiceFault | DatagramFault | LeakFault | { readonly clear: 'all' };
