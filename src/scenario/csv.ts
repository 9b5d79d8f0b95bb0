/** A record of a CSV file and the line on which it begins, from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/** What is wrong with a CSV file, and on which line. */
export interface CsvFault {
  readonly line: number;
  readonly message: string;
}

/**
 * RFC 4180: records end with CRLF or LF, fields are parted by commas, quoted where they contain one, a quote within quotes is
 * doubled. A byte order mark is passed over, and so are empty lines. What breaks these rules is a fault of its line; the
 * records around it are read.
 */
export function parseCsv(text: string): {
  readonly records: readonly CsvRecord[];
  readonly faults: readonly CsvFault[];
} {
  const reader = new CsvReader(text.startsWith('\ufeff') ? text.slice(1) : text);
  return reader.read();
}

class CsvReader {
  readonly #text: string;
  readonly #records: CsvRecord[] = [];
  readonly #faults: CsvFault[] = [];
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  read(): { readonly records: readonly CsvRecord[]; readonly faults: readonly CsvFault[] } {
    while (this.#at < this.#text.length) this.#record();
    return { records: this.#records, faults: this.#faults };
  }

  #record(): void {
    const line = this.#line;
    const cells: string[] = [];
    let fault: string | null = null;
    for (;;) {
      const { value, problem } = this.#text[this.#at] === '"' ? this.#quoted() : this.#bare();
      cells.push(value);
      fault ??= problem;
      if (this.#text[this.#at] !== ',') break;
      this.#at += 1;
    }
    this.#endOfLine();
    if (fault !== null) this.#faults.push({ line, message: fault });
    else if (cells.length > 1 || (cells[0] ?? '').trim() !== '') this.#records.push({ line, cells });
  }

  #bare(): { readonly value: string; readonly problem: string | null } {
    const end = this.#endOfField();
    const value = this.#text.slice(this.#at, end);
    this.#at = end;
    const stray = value.includes('"');
    return {
      value: value.trim(),
      problem: stray ? `found ${JSON.stringify(value)}, expected quotes round the whole field` : null,
    };
  }

  #quoted(): { readonly value: string; readonly problem: string | null } {
    let value = '';
    let from = this.#at + 1;
    for (;;) {
      const quote = this.#text.indexOf('"', from);
      if (quote < 0) {
        // the rest of the file is in this field: only its own line can be told from it
        this.#at = this.#endOfField();
        return { value, problem: 'found a quote that nothing closes' };
      }
      value += this.#text.slice(from, quote);
      if (this.#text[quote + 1] !== '"') {
        this.#line += value.split('\n').length - 1;
        this.#at = quote + 1;
        break;
      }
      value += '"';
      from = quote + 2;
    }
    const end = this.#endOfField();
    const rest = this.#text.slice(this.#at, end);
    this.#at = end;
    const problem = rest.trim() === '' ? null : `found ${JSON.stringify(rest)} after a closing quote`;
    return { value: value.trim(), problem };
  }

  #endOfField(): number {
    const match = /[,\r\n]/g;
    match.lastIndex = this.#at;
    return match.exec(this.#text)?.index ?? this.#text.length;
  }

  #endOfLine(): void {
    if (this.#text[this.#at] === '\r') this.#at += 1;
    if (this.#text[this.#at] === '\n') this.#at += 1;
    this.#line += 1;
  }
}
