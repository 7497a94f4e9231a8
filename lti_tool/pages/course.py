"""What this LMS course stands for: one form, on the teacher's first launch and whenever it changes."""

from flask import Blueprint, Response, render_template, request
from sqlalchemy import select

from lti_tool.access import Need, needs, visitor
from lti_tool.clock import today
from lti_tool.extensions import db
from lti_tool.lessons import courses
from lti_tool.lms import delivery
from lti_tool.models import Context, Course, CourseClass
from lti_tool.pages.desk import classes_of, done

screen = Blueprint("course", __name__, url_prefix="/l/<visit_id>/course")

MOST_CLASSES = 8


@screen.get("")
@needs(Need.TEACH)
def set_up() -> str:
    """The form, filled from what was saved or from what the title says."""
    context = db.session.get_one(Context, visitor().context_id)
    course = db.session.get(Course, context.id)
    guessed = courses.guess(context.title, context.label, today())
    known = {c.name: c.id for c in classes_of(context.id)}
    links = db.session.scalars(select(CourseClass).where(CourseClass.context_id == context.id))
    group_of = {link.class_id: link.group_id for link in links}
    names = list(known) or list(guessed.classes) or [""]
    return render_template(
        "course.html",
        here="course",
        context=context,
        course=course,
        subject=course.subject if course else guessed.subject,
        subjects=courses.SUBJECTS,
        grade=course.grade if course else guessed.grade,
        grades=courses.GRADES,
        year=course.school_year if course else guessed.school_year,
        classes=[(name, group_of.get(known.get(name, 0))) for name in [*names, ""][:MOST_CLASSES]],
        groups=courses.groups_of(context),
        columns=(
            (delivery.ATTENDANCE, course is not None and course.writes_attendance),
            (delivery.PARTICIPATION, course is not None and course.writes_participation),
        ),
    )


@screen.post("")
@needs(Need.TEACH)
def save() -> Response:
    """Keep what the teacher said."""
    form = request.form
    context = db.session.get_one(Context, visitor().context_id)
    names, groups = form.getlist("class"), form.getlist("group")
    classes = {name: (groups[i] if i < len(groups) else None) for i, name in enumerate(names[:MOST_CLASSES])}
    year = courses.year_of(form.get("year", ""))
    subject = form.get("other") or form.get("subject", "")
    course = courses.set_up(context, subject, form.get("grade", 0, type=int), year, classes)
    if "meeting" in form:
        courses.set_meeting(course, form["meeting"])
    wanted = form.getlist("column")
    course.writes_attendance = delivery.ATTENDANCE in wanted
    course.writes_participation = delivery.PARTICIPATION in wanted
    return done("home.landing", "course_saved")
