"""The interactive view: what an analysis yields as a list of calls, annotated ladders, findings and numbers.

Nothing is judged here. A `Source` gives events, the `Store` keeps them as rows, screens show them; all text from the wire
passes `report.wire_text` before it becomes a line, and lines are drawn without markup. Textual is imported by this room alone.
"""
