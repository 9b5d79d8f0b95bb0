/** Name and labels of a sample as one text, whatever the order in which the labels were written. */
export function sampleKey(sample: {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}): string {
  let key = sample.name;
  for (const label of Object.keys(sample.labels).sort()) key += `\u0001${label}\u0002${sample.labels[label]}`;
  return key;
}
