import type { AdmissionRefusal, AdmissionRequest } from '../cluster/admission.js';

export interface AdmittedLine {
  /** Directory number; user part of the address of record with SIP. */
  readonly name: string;
  readonly displayName: string;
  /** Text beside the button, the directory number where absent. */
  readonly label?: string;
}

export interface AdmittedSpeedDial {
  readonly number: string;
  readonly label: string;
}

/** What a registrar hears; an `Admission` of the cluster is one. */
export type AdmissionAnswer =
  | {
      readonly accepted: true;
      readonly lines: readonly AdmittedLine[];
      readonly speedDials?: readonly AdmittedSpeedDial[];
    }
  | {
      readonly accepted: false;
      readonly reason: AdmissionRefusal;
      /** What the phone is told, e.g. `Device Unknown`; SCCP cuts it at 32 octets. */
      readonly text: string;
    };

/** Answers at once from the state of the cluster; called once for each Register or REGISTER. */
export type Admit = (request: AdmissionRequest) => AdmissionAnswer;
