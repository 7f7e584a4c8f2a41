"""Rules of showing results: tables, JUnit, the record that every task leaves."""
