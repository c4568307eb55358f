/** A list of named figures. */

interface FiguresProps {
  readonly rows: readonly (readonly [name: string, value: string])[];
  readonly className?: string;
}

export function Figures({ rows, className = '' }: FiguresProps) {
  return (
    <dl className={`figures ${className}`}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
