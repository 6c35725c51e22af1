"""What the people of the demo write, in the language of their case."""

from __future__ import annotations

# Need, objectives, expected results, the budget's section, its two items, the unit of the first.
REQUESTS = {
    "es": ("Se pide que otro Estado comparta su experiencia y forme a los equipos.", "Aprender de lo que ya funciona.",
           "Dos oficinas aplican lo aprendido.", "Intercambio de expertos", "Pasajes", "Taller", "viajes"),
    "en": ("We ask another state to share its experience and to train our teams.", "To learn from what already works.",
           "Two offices apply what was learnt.", "Exchange of experts", "Fares", "Workshop", "trips"),
    "pt": ("Pede-se que outro Estado partilhe a sua experiência e forme as equipas.", "Aprender com o que já funciona.",
           "Dois serviços aplicam o que aprenderam.", "Intercâmbio de peritos", "Passagens", "Oficina", "viagens"),
    "fr": ("Nous demandons qu’un autre État forme nos équipes.", "Apprendre de ce qui marche.",
           "Deux services appliquent ce qu’ils ont appris.", "Échange d’experts", "Billets", "Atelier", "voyages"),
}  # fmt: skip

# What is written on the way, by the names that a rehearsal knows.
ON_THE_WAY = {
    "es": {
        "plan": "Dos visitas de trabajo y un taller para los equipos de frontera.",
        "terms": "Dos expertas durante una semana cada una.", "declined": "Este año no hay personal disponible.",
        "purpose": "Primera visita de trabajo",
        "trip_report": "Se revisaron los registros de dos oficinas y se acordó un formulario común.",
        "trip_lessons": "Un formulario común ahorra más tiempo que un sistema nuevo.",
        "trip_met": "Las jefaturas de las dos oficinas.",
        "report": "Se hizo lo previsto: dos visitas y un taller con treinta funcionarios.",
        "results": "Dos oficinas aplican el nuevo procedimiento desde el primer día.",
        "lessons": "Conviene empezar por pocas oficinas y medir antes de ampliar.",
    },
    "en": {
        "plan": "Two working visits and a workshop for the border teams.", "terms": "Two experts for a week each.",
        "declined": "No staff is free this year.", "purpose": "First working visit",
        "trip_report": "The records of two offices were reviewed and a common form was agreed.",
        "trip_lessons": "A common form saves more time than a new system.",
        "trip_met": "The heads of the two offices.",
        "report": "All that was planned was done: two visits and a workshop with thirty officials.",
        "results": "Two offices have worked by the new procedure since the first day.",
        "lessons": "Begin with few offices, and measure before you widen.",
    },
    "pt": {
        "plan": "Duas visitas de trabalho e uma oficina para as equipas de fronteira.",
        "terms": "Duas peritas durante uma semana cada uma.", "declined": "Este ano não há pessoal disponível.",
        "purpose": "Primeira visita de trabalho",
        "trip_report": "Foram revistos os registos de dois serviços e acordou-se um formulário comum.",
        "trip_lessons": "Um formulário comum poupa mais tempo do que um sistema novo.",
        "trip_met": "As chefias dos dois serviços.",
        "report": "Fez-se o previsto: duas visitas e uma oficina com trinta funcionários.",
        "results": "Dois serviços aplicam o novo procedimento desde o primeiro dia.",
        "lessons": "Começar por poucos serviços e medir antes de alargar.",
    },
    "fr": {
        "plan": "Deux visites de travail et un atelier pour les équipes de frontière.",
        "terms": "Deux expertes pendant une semaine chacune.",
        "declined": "Aucun agent n’est disponible cette année.", "purpose": "Première visite de travail",
        "trip_report": "Les registres de deux services ont été revus et un formulaire commun a été convenu.",
        "trip_lessons": "Un formulaire commun fait gagner plus de temps qu’un nouveau système.",
        "trip_met": "Les chefs des deux services.",
        "report": "Tout ce qui était prévu a été fait : deux visites et un atelier avec trente agents.",
        "results": "Deux services appliquent la nouvelle procédure depuis le premier jour.",
        "lessons": "Commencer par peu de services et mesurer avant d’élargir.",
    },
}  # fmt: skip

CAPITALS = {"py": "Asunción", "cl": "Santiago", "br": "Brasília", "ht": "Port-au-Prince", "jm": "Kingston",
            "uy": "Montevideo"}  # fmt: skip

# By whom (short name), for which body, in which language, on which themes: the title and the text of a standing offer.
OFFERS = [
    ("carla.cl", "cl", "es", ("gcm-5", "gcm-6"), "Registro de trabajadores de temporada",
     "Compartimos el registro con que autorizamos y protegemos el trabajo de temporada, y formamos a los equipos."),
    ("carla.cl", "cl", "es", ("gcm-21",), "Retorno y reintegración",
     "Acompañamos la puesta en marcha de ventanillas para personas retornadas."),
    ("ana.br", "br", "pt", ("gcm-8", "gcm-7"), "Busca de pessoas migrantes desaparecidas",
     "Partilhamos o método e o sistema com que cruzamos dados forenses e consulares."),
    ("ana.br", "br", "pt", ("gcm-4", "gcm-14"), "Formação consular em documentos de identidade",
     "Cursos de duas semanas para cônsules, com prática em postos móveis."),
    ("lucia.py", "py", "es", ("gcm-16",), "Inclusión escolar en dos lenguas",
     "Mostramos cómo recibimos a niñas y niños migrantes en escuelas bilingües."),
    ("grace.jm", "jm", "en", ("gcm-19", "gcm-20"), "Diaspora desk and remittances",
     "We share how our diaspora desk works and how we brought the cost of remittances down."),
    ("jean.ht", "ht", "fr", ("gcm-1",), "Données sur les départs",
     "Nous montrons comment nos enquêtes auprès des familles complètent les registres."),
]  # fmt: skip
