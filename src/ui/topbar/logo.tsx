/** A stem with a scion grafted on: the mark, and the name unless there is no room. */

export function Logo({ bare = false }: { readonly bare?: boolean }) {
  return (
    <div className="logo">
      <svg viewBox="0 0 20 20" fill="none" strokeWidth="2" strokeLinecap="round" aria-hidden="true">
        <path d="M10 18V9" stroke="var(--accent)" />
        <path d="M10 9C10 5 6 5 5 2" stroke="var(--accent)" />
        <path d="M10 11c0-4 4-4 5-7" stroke="var(--m2)" />
      </svg>
      <h1 className={bare ? 'visually-hidden' : ''}>Graft</h1>
    </div>
  );
}
