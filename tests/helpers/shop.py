"""A small FAQ; two of its questions share an answer."""

from askew.faq.entries import QuestionAnswer

SHOP = (
    QuestionAnswer("login", "How do I reset my password?", "Press forgotten and follow the mail.", {"year": 2024}),
    QuestionAnswer("track", "Where is my parcel now?", "Enter the tracking number on the status page.", {"year": 2020}),
    QuestionAnswer("card", "Can I pay by credit card?", "We take every card.", {"year": 2024}),
    QuestionAnswer("visa", "Do you accept plastic money?", "We take every card.", {"year": 2020}),
    QuestionAnswer("lamp", "Which bulb fits the lamp?", "Any bulb with a small socket.", {"year": 2021}),
)
