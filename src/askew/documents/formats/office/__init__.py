"""Office Open XML, OpenDocument and XLS: text documents, slides and workbooks."""
